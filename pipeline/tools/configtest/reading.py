"""Read a `*.test.yaml` file as a Suite, or report every fault in it and in the configs that it tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipeline.catalog import capability
from pipeline.catalog.spec import fallbacks
from pipeline.config import Config
from pipeline.config.drafts import Entry
from pipeline.config.findings import Findings
from pipeline.config.loading import TESTS, lay
from pipeline.config.loading import load as load_config
from pipeline.config.reading import Reader
from pipeline.config.values import BROKEN
from pipeline.config.yaml.nodes import Mapping, Node, Scalar, Sequence, from_python
from pipeline.config.yaml.tree import read_file
from pipeline.faults import ConfigError, Place, did_you_mean
from pipeline.file_stamps import real
from pipeline.settings import FilePath
from pipeline.tools.configtest.event_log import nothing
from pipeline.tools.configtest.expecting import read_expect
from pipeline.tools.configtest.sending import read_send
from pipeline.tools.configtest.suite import Case, Suite, named

FILE = ("config", "swap", "set", "env", "tests")
TEST = ("name", "send", "expect", "swap", "set", "env")
INSTEAD = {  # capability → a step that needs no account or device, suggested in place of one that does
    "asr": "{asr: {asr.script: {say: [some words]}}}",
    "llm": "{llm: {llm.script: {say: [A reply.]}}}",
    "tts": "{tts: tts.tone}",
    "vad": "{vad: vad.energy}",
}

Entries = dict[str, Entry]


def load(path: str | Path) -> Suite:
    """Read the tests in a file. Raises ConfigError with every fault."""
    path, findings = Path(path), Findings()
    root = read_file(path, str(path), findings)
    suite = read(root, path, findings) if root is not None else None
    if findings.faults or suite is None:
        raise ConfigError(findings.faults, findings.lines)
    return suite


def _without_after(changes: Mapping) -> Mapping:
    """Return changes that leave out the work after a call: no test does it, and the model that it names is swapped."""
    after = Scalar(at=changes.at, text="after"), Mapping(at=changes.at, entries=())
    return Mapping(at=changes.at, entries=(after, *changes.entries))


def read(root: Node, path: Path, findings: Findings) -> Suite | None:
    """Return the tests of a parsed file, its faults noted in `findings`; None without a list of tests or a config."""
    return _File(path, findings).suite(root)


class _File:
    """The reading of one file; faults are noted in `findings`."""

    def __init__(self, path: Path, findings: Findings) -> None:
        self.path, self.findings = path, findings
        self.top: Entries = {}
        self.reader = Reader(findings, {}, real(path).parent)

    def suite(self, root: Node) -> Suite | None:
        self.top = self.keyed(root, FILE, ("tests",), "a file of tests")
        tests = self.top.get("tests")
        if tests is None or self.tested is None:
            return None
        if not isinstance(tests[1], Sequence) or not tests[1].items:
            self.reader.unfit(tests[1].at, "tests", "a list of tests", self.reader.got_node(tests[1]))
            return None
        cases = [self.case(each) for each in tests[1].items]
        self.names(case for case in cases if case is not None)
        whole = tuple(case for case in cases if case is not None)
        files = {Path(name) for name in self.findings.lines} | named([it.config for it in whole])
        return Suite(path=self.path, cases=whole, files=frozenset(files | {self.tested}))

    @property
    def tested(self) -> Path | None:
        """The tested config: the one named, or the one beside the file; None, with a fault noted, if there is none."""
        if "config" in self.top:
            named = self.reader.read(self.top["config"][1], FilePath, "config")
            return None if named is BROKEN else _shorter(named)
        beside = self.path.with_name(self.path.name.removesuffix(TESTS) + ".yaml")
        if beside.is_file() and beside != self.path:
            return beside
        self.findings.fault(Place(str(self.path)), f"there is no `{beside.name}` beside it", "name one: `config: …`")
        return None

    def keyed(self, node: Node, known: tuple[str, ...], needed: tuple[str, ...], name: str) -> Entries:
        """Return the entries of a mapping by key, with unknown and missing keys noted as faults."""
        if not isinstance(node, Mapping):
            self.findings.fault(node.at, f"{name} is keys and values: {', '.join(known)}")
            return {}
        entries = {key.text: (key, value) for key, value in node.entries}
        for key, _ in entries.values():
            if key.text not in known:
                hint = did_you_mean(key.text, known) or f"it has {', '.join(known)}"
                self.findings.fault(key.at, f"{name} has no `{key.text}`", hint)
        for each in needed:
            if each not in entries:
                self.findings.fault(node.at, f"{name} needs `{each}`")
        return entries

    def case(self, node: Node) -> Case | None:
        """Return one test; None, with faults noted, if it cannot be read."""
        entries = self.keyed(node, TEST, ("name", "expect"), "a test")
        if not entries.keys() >= {"name", "expect"}:
            return None
        name = self.reader.read(entries["name"][1], str, "name")
        self.reader.environment = self.environment(entries)
        send, said = read_send(entries["send"][1], self.reader) if "send" in entries else ((), [])
        expect = read_expect(entries["expect"][1], self.reader)
        config = self.config(entries, said)
        if BROKEN in (name, send, expect) or config is None:
            return None
        if not any(each.check(nothing()) for each in expect):
            text = "this test would pass if nothing happened"
            self.findings.fault(entries["expect"][0].at, text, "expect something that does happen, too")
        return Case(name=name, place=entries["name"][1].at, config=config, send=send, expect=expect)

    def environment(self, entries: Entries) -> dict[str, str]:
        """Return the variables of a test: its file's and its own, never the machine's environment."""
        made: dict[str, str] = {}
        for each in (self.top, entries):
            if "env" in each:
                read = self.reader.read(each["env"][1], dict[str, str], "env")
                made |= {} if read is BROKEN else read
        return made

    def config(self, entries: Entries, said: list[Scalar]) -> Config | None:
        """Return the config with this test's changes; None, with faults noted, if it cannot be loaded."""
        assert self.tested is not None
        swap, changes = self.merged("swap", entries), _without_after(self.merged("set", entries))
        if self.deaf(swap, said):
            swap = Mapping(at=swap.at, entries=(*swap.entries, _hears(said, swap.at)))
        try:
            config = load_config(self.tested, swap=swap, set=changes, env=self.reader.environment)
        except ConfigError as error:
            self.findings.faults += [fault for fault in error.faults if fault.severity == "error"]
            self.findings.lines = {file: list(lines) for file, lines in error.lines.items()} | self.findings.lines
            return None
        self.inside(config)
        return config

    def deaf(self, swap: Mapping, said: list[Scalar]) -> bool:
        """True if the config's recogniser is to be replaced by one that understands the caller's words.

        Not if the test swaps it; a script of the config stays if the caller says no words.
        """
        layers = lay(self.tested, Findings()) if self.tested else None
        words = [step.word.text for step in layers.standing if capability(step.word.text) == "asr"] if layers else []
        if not words or any(capability(key.text.split("[")[0]) == "asr" for key, _ in swap.entries):
            return False
        return bool(said) or words != ["asr.script"]

    def merged(self, name: str, entries: Entries) -> Mapping:
        """Return the file's changes and the test's own, which replace those of the same key."""
        found = [each[name][1] for each in (self.top, entries) if name in each]
        for node in found:
            if not isinstance(node, Mapping):
                self.reader.unfit(node.at, name, "keys and values", self.reader.got_node(node))
        kept = {key.text: (key, value) for node in found if isinstance(node, Mapping) for key, value in node.entries}
        return Mapping(at=found[-1].at if found else Place(str(self.path)), entries=tuple(kept.values()))

    def inside(self, config: Config) -> None:
        """Note a fault for each step that needs something outside of virtual time."""
        at = self.top["tests"][0].at
        for step in (each for top in config.steps for each in (top, *fallbacks(top))):
            if step.kind.outside:
                text = f"`{step.word}` at {step.where} needs {step.kind.outside}, which virtual time has not"
                self.findings.fault(at, text, "swap it: " + INSTEAD.get(capability(step.word), "{WORD: another}"))

    def names(self, cases: Iterable[Case]) -> None:
        """Note a fault for each name of a test that an earlier one has."""
        seen: set[str] = set()
        for case in cases:
            if case.name in seen:
                self.findings.fault(case.place, f"another test is called `{case.name}`")
            seen.add(case.name)


def _hears(said: list[Scalar], at: Place) -> Entry:
    """Return the entry of a script recogniser with the caller's words; without words, it recognises an empty text."""
    texts = [Scalar(at=it.at, text=it.text, plain=False) for it in said or [Scalar(at=at, text="")]]
    return Scalar(at=at, text="asr"), from_python({"asr.script": {"say": texts}}, at)


def _shorter(path: Path) -> Path:
    """Return a path relative to the working directory, if it is inside."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
