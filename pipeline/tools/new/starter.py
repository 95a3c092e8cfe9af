"""`new`: a starter config with every setting of every step, commented out at its default."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.catalog.plugins import NONE, Plugins, word_of
from pipeline.catalog.spec import Step
from pipeline.config import step_order
from pipeline.config.convert import Unfit, convert
from pipeline.config.findings import Findings
from pipeline.config.toplevel import Keys
from pipeline.config.writing import variables
from pipeline.config.yaml.variables import Value
from pipeline.faults import ConfigError, Place, UsageError, WordError
from pipeline.installation import INSTALLED, command
from pipeline.tools.output import put
from pipeline.tools.schema import schema
from pipeline.tools.show.settings import Setting, given_sample, settings_of

OFFLINE = (
    "twilio_serializer, vad.energy, end_of_utterance, dedup, asr.pocketsphinx, dedup, greeting, llm.rules, "
    "intro_filter, tts.espeak, pacer, twilio_sink"
)
WIDTH = 120  # columns
MARGIN = 36  # the column of the comments; a longer line has its comment below it

_WORD = re.compile(r"(?:[^\s,>→|-]|-(?!>))+")


def new(words: str, language: str, out: Path | None = None) -> int:
    """Print a starter of these words, or write it to a new file; return the exit code.

    Raises ConfigError if the words make no chain, UsageError if the language is no valid tag, and KavError if the file
    exists or cannot be written.
    """
    put(starter(words, language, Path() if out is None else out.parent), out, new=True)
    if out is not None:
        if INSTALLED:
            schema.write(out.parent / schema.FILE.name)
        print(f"{out}: edit it, then `{command(f'check {out}')}`")
    return 0


def starter(words: str, language: str, folder: Path) -> str:
    """Return a config of these words as text; `folder` is the config's folder.

    The words may stand between commas, arrows or spaces; without any, the config is the offline chain.
    """
    words = words if _WORD.search(words) else OFFLINE
    own = dict.fromkeys(_path(each, folder) for each in _WORD.findall(words) if each.endswith(".py"))
    given = {"language": _tag(language)} | ({"plugins": f"[{', '.join(own)}]"} if own else {})
    steps = chain(words, folder)
    said = [line for name, value in given.items() for line in _said(name, value)]
    said += ["", "pipeline:", *(line for step in steps for line in _step(step))]
    keys = [each for each in settings_of(Keys) if each.name not in given]
    body = "\n".join([*said, "", *(line for each in keys for line in _setting(each, each.default or "", 0, True))])
    return "\n".join([*_head(folder, body), body, ""])


def chain(words: str, folder: Path = Path()) -> list[Step]:
    """Return the steps that these words name; a bare capability stands for its word in the offline chain.

    A word may be a file with a processor, in the config's folder.

    Raises ConfigError with every unknown word, else with every step that does not fit; places are columns of `words`.
    """
    findings = Findings()
    findings.lines["WORDS"] = [re.sub(r"\s", " ", words)]
    steps = []
    for found in _WORD.finditer(words):
        at = Place("WORDS", 1, found.start() + 1, len(found[0]))
        try:
            word, own = _chosen(found[0], folder)
            kind = catalog.find(word, own)
            steps.append(Step(word=word, kind=kind, settings=None, file=at.file, line=1, column=at.column))
        except WordError as error:
            findings.fault(at, error.text, error.hint)
    if not findings.faults:
        step_order.unfit(steps, findings)
    if findings.faults:
        raise ConfigError(findings.faults, findings.lines)
    return steps


def _chosen(word: str, folder: Path) -> tuple[str, Plugins]:
    """Return the full word and the plug-ins that it needs. Raises WordError for a file outside the config's folder."""
    if word.endswith(".py"):
        own = word_of(_path(word, folder))
        if not own:
            raise WordError(f"`{word}` is not in the config's folder", "a config's own processors stand below it")
        return own, Plugins(files={own: Path(word).resolve()})
    usual = {catalog.capability(each): each for each in _WORD.findall(OFFLINE)}
    return word if word in catalog.words() else usual.get(word, word), NONE


def _path(file: str, folder: Path) -> str:
    """Return a file's path relative to the config's folder, with forward slashes."""
    return Path(os.path.relpath(file, folder)).as_posix()


def _said(name: str, value: str) -> Iterable[str]:
    yield from _commented(f"{name}: {value}", next(each.doc for each in spec.fields(Keys) if each.name == name))


def _tag(language: str) -> str:
    """Return the language if it is a valid tag; raises UsageError otherwise."""
    field = next(each for each in spec.fields(Keys) if each.name == "language")
    try:
        convert(Value(language, plain=False), *spec.inner(field.type))
    except Unfit as unfit:
        raise UsageError(f"--language wants {unfit.wants}, got `{language}`") from None
    return language


def _head(folder: Path, body: str) -> Iterable[str]:
    yield schema.line(folder)
    yield "# What is commented out is at its default; take the `# ` before a setting away to change it."
    if named := list(dict.fromkeys(variables(re.sub(r"(^|\s)# .*", "", body)))):
        yield f"# It needs variables of the environment - {', '.join(named)}."


def _step(step: Step) -> Iterable[str]:
    given = {field.name: given_sample(field) for field in spec.fields(step.kind.Settings)}
    settings = settings_of(step.kind.Settings)
    yield from _commented(f"  - {step.word}{':' if settings else ''}", spec.doc(step.kind))
    for each in settings:
        yield from _setting(each, given[each.name] or each.default or "", 6, not given[each.name])


def _setting(setting: Setting, value: str, indent: int, off: bool) -> Iterable[str]:
    """Yield a setting's line with its description, and below it a comment for each setting inside it."""
    yield from _commented(f"{' ' * indent}{'# ' if off else ''}{setting.name}: {value}", _about(setting))
    for each in setting.fields:
        yield from _commented("", f"· {each.name}: {_about(each)}")


def _about(setting: Setting) -> str:
    needed = "required" if setting.default is None else ""
    return f"{', '.join(each for each in (setting.type, setting.unit, setting.bounds, needed) if each)}: {setting.doc}"


def _commented(line: str, comment: str) -> Iterable[str]:
    lines: Sequence[str] = textwrap.wrap(comment, WIDTH - MARGIN - 2)
    if len(line) >= MARGIN:
        yield line
    else:
        yield f"{line:<{MARGIN}}# {lines[0]}"
        lines = lines[1:]
    yield from (f"{'':<{MARGIN}}# {each}" for each in lines)
