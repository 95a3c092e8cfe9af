"""`new`: a starter config with every setting of every step, commented out at its default."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.catalog.plugins import NONE, Plugins, word_of
from pipeline.catalog.spec import Step
from pipeline.config import step_order
from pipeline.config.convert import Unfit, convert
from pipeline.config.findings import Findings
from pipeline.config.toplevel import Keys
from pipeline.config.writing import sample, variables
from pipeline.config.yaml.variables import Value
from pipeline.faults import ConfigError, Place, UsageError, WordError
from pipeline.file_stamps import real
from pipeline.installation import INSTALLED, command
from pipeline.terminal.columns import columns, padded
from pipeline.text.languages import canonical
from pipeline.tools.new.texts import notes, texts, usable
from pipeline.tools.output import put
from pipeline.tools.schema import schema
from pipeline.tools.show.settings import Setting, given_sample, settings_of

OFFLINE = (
    "twilio_serializer, vad.energy, echo_guard, end_of_utterance, dedup, asr.pocketsphinx, dedup, greeting, idle, "
    "llm.rules, intro_filter, tts.espeak, pacer, twilio_sink"
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
    language = given["language"]
    steps = chain(words, folder, language)
    lacks = notes(_WORD.findall(words), [each.word for each in steps], language)
    said = [line for name, value in given.items() for line in _said(name, value)]
    said += ["", "pipeline:", *(line for step in steps for line in _step(step, texts(language)))]
    keys = [each for each in settings_of(Keys) if each.name not in given]
    tools = _commented(
        "# tools: []", f"list of tools: What it can do besides talk, e.g. [hang_up]; `{command('list')}` names all."
    )
    body = "\n".join(
        [*said, "", *tools, *(line for each in keys for line in _setting(each, each.default or "", 0, True))]
    )
    return "\n".join([*_head(folder, body, lacks), body, ""])


def chain(words: str, folder: Path = Path(), language: str = "en-US") -> list[Step]:
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
            word, own = _chosen(found[0], folder, language, named=words is not OFFLINE)
            kind = catalog.find(word, own)
            steps.append(Step(word=word, kind=kind, settings=None, file=at.file, line=1, column=at.column))
        except WordError as error:
            findings.fault(at, error.text, error.hint)
    if not findings.faults:
        step_order.unfit(steps, findings)
    if findings.faults:
        raise ConfigError(findings.faults, findings.lines)
    return steps


def _chosen(word: str, folder: Path, language: str, named: bool) -> tuple[str, Plugins]:
    """Return the full word and the plug-ins that it needs. Raises WordError for a file outside the config's folder."""
    if word.endswith(".py"):
        own = word_of(_path(word, folder))
        if not own:
            raise WordError(f"`{word}` is not in the config's folder", "a config's own processors stand below it")
        return own, Plugins(files={own: real(word)})
    if word.endswith((".yaml", ".yml")):
        raise WordError(f"`{word}` is a config, not a step", f"to write a new config to it: --out {word}")
    usual = {catalog.capability(each): each for each in _WORD.findall(OFFLINE)}
    if named and word in catalog.words():
        return word, NONE
    purpose = catalog.capability(word)
    return usable(word if word in catalog.words() else usual.get(word, word), purpose, language), NONE


def _path(file: str, folder: Path) -> str:
    """Return a file's path relative to the config's folder, with forward slashes."""
    return Path(os.path.relpath(file, folder)).as_posix()


def _said(name: str, value: str) -> Iterable[str]:
    yield from _commented(f"{name}: {value}", next(each.doc for each in spec.fields(Keys) if each.name == name))


def _tag(language: str) -> str:
    """Return the language as BCP 47 writes it; raises UsageError if it is no valid tag."""
    field = next(each for each in spec.fields(Keys) if each.name == "language")
    try:
        convert(Value(language, plain=False), *spec.inner(field.type))
    except Unfit as unfit:
        hint = f"; {unfit.hint}" if unfit.hint else ""
        raise UsageError(f"--language wants {unfit.wants}, got `{language}`{hint}") from None
    return canonical(language)


def _head(folder: Path, body: str, lacks: Iterable[str]) -> Iterable[str]:
    yield schema.line(folder)
    yield "# What is commented out is at its default; take the `# ` before a setting away to change it."
    if named := list(dict.fromkeys(variables(re.sub(r"(^|\s)# .*", "", body)))):
        yield f"# It needs variables of the environment - {', '.join(named)}."
    for each in lacks:
        yield from textwrap.wrap(each, WIDTH - 2, initial_indent="# ", subsequent_indent="# ")


def _step(step: Step, words: Mapping[tuple[str, str], Any]) -> Iterable[str]:
    given = {field.name: given_sample(field) for field in spec.fields(step.kind.Settings)}
    given |= {name: _sampled(words[step.word, name]) for name in given if (step.word, name) in words}
    settings = settings_of(step.kind.Settings)
    yield from _commented(f"  - {step.word}{':' if settings else ''}", spec.doc(step.kind))
    for each in settings:
        yield from _setting(each, given[each.name] or each.default or "", 6, not given[each.name])


def _sampled(value: Any) -> str:
    """Return a setting's value as YAML: a list of keys and values on a line for each."""
    if isinstance(value, list) and isinstance(value[0], dict):
        return "".join(f"\n        - {sample(each)}" for each in value)
    return sample(value)


def _setting(setting: Setting, value: str, indent: int, off: bool) -> Iterable[str]:
    """Yield a setting's line with its description, and below it a comment for each setting inside it."""
    space = "" if value.startswith("\n") else " "
    yield from _commented(f"{' ' * indent}{'# ' if off else ''}{setting.name}:{space}{value}", _about(setting))
    for each in setting.fields:
        yield from _commented("", f"· {each.name}: {_about(each)}")


def _about(setting: Setting) -> str:
    needed = "required" if setting.default is None else ""
    return f"{', '.join(each for each in (setting.type, setting.unit, setting.bounds, needed) if each)}: {setting.doc}"


def _commented(line: str, comment: str) -> Iterable[str]:
    lines: Sequence[str] = textwrap.wrap(comment, WIDTH - MARGIN - 2)
    if columns(line) >= MARGIN:
        yield line
    else:
        yield f"{padded(line, MARGIN)}# {lines[0]}"
        lines = lines[1:]
    yield from (f"{' ' * MARGIN}# {each}" for each in lines)
