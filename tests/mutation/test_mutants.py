"""Any one mistake in a config that ships is refused: once, at its place, in words for people; FAULTS A2.

A tenth of the mutants are tried; KAV_MUTANTS=all tries every one. `-s` shows how many there were of each kind.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.faults import ConfigError, Fault
from tests.mutation.mutants import Mutant, in_order, mutants, typos

CONFIGS = Path(__file__).parents[2] / "configs"
SHIPPED = sorted(path.name for path in CONFIGS.glob("*.yaml") if not path.stem.endswith(".test"))
ENV = {"OPENAI_API_KEY": "of-a-test", "LLM_MODEL": "some-model"}
EACH = 1 if os.environ.get("KAV_MUTANTS") == "all" else 10
NAMES = ("slots", "pronunciations", "takes", "rooms", "city", "up_to", "day", "hour", "name", "phone", "listing")
SEVERAL = {("key dropped", name) for name in NAMES}  # a fault for each name that is missed, or each place of one
FOREIGN = re.compile(
    r"\b(int|str|float|bool|bytes|dict|tuple|NoneType|None|Struct|Traceback|Exception|\w+Error)\b"
    r"|yaml\.|msgspec|Expected|<class"
)


def refusals(path: Path, text: str) -> tuple[str, tuple[Fault, ...]]:
    """What a config of this text means, or why it is refused."""
    path.write_text(text, encoding="utf-8")
    try:
        return load(path, env=ENV).hash, ()
    except ConfigError as error:
        return "", tuple(fault for fault in error.faults if fault.severity == "error")


def wrong(mutant: Mutant, changed: bool, faults: tuple[Fault, ...]) -> str:
    """What is wrong with how a mutant was met; nothing if all is well."""
    if not faults:
        return "is not refused" if mutant.fatal and changed else ""
    lines = mutant.text.split("\n")
    own = mutant.kind.startswith("key with") and not mutant.lines  # a name, which is missed wherever it is used
    if len(faults) > 1 and not own and (mutant.kind, mutant.what) not in SEVERAL:
        return "is several faults"
    for fault in faults:
        if mutant.lines and fault.line not in mutant.lines:
            return "is a fault of another line"
        if mutant.kind.startswith("step") and not lines[fault.line - 1].lstrip().startswith("- "):
            return "is a fault of no step"
        if found := FOREIGN.search(f"{fault.text} {fault.hint}"):
            return f"speaks of {found[0]}"
    return ""


@pytest.mark.fault("A2")
@pytest.mark.parametrize("name", SHIPPED)
def test_any_one_mistake_is_refused_at_its_place(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Misspelt, doubled, dropped, retyped, moved: what changes the meaning is one fault, where it was made."""
    shutil.copytree(CONFIGS, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.wav"))
    monkeypatch.chdir(tmp_path)
    text = Path(name).read_text(encoding="utf-8")
    meaning, faults = refusals(Path(name), text)
    assert not faults
    tried, escaped = Counter[str](), []
    for mutant in islice(mutants(text), 0, None, EACH):
        tried[mutant.kind] += 1
        hashed, faults = refusals(Path(name), mutant.text)
        if what := wrong(mutant, hashed != meaning, faults):
            escaped.append((what, mutant.kind, mutant.what, mutant.lines, faults))
    counts = [f"{count:6} {kind}" for kind, count in sorted(tried.items())]
    print(f"\n{name}: {tried.total()} mutants", *counts, sep="\n")
    assert not escaped, "\n".join(map(str, escaped[:10]))


def test_the_mutants_are_mistakes() -> None:
    """A typo is another word, and the order of a telephone call is known without asking Kav."""
    for word in ("rms", "min_silence", "vad.energy"):
        assert all(typo != word for _, typo in typos(word)) and len(list(typos(word))) == 4
    words = ["twilio_serializer", "vad.x", "end_of_utterance", "asr.x", "llm.x", "tts.x", "pacer", "twilio_sink"]
    assert in_order(words)
    assert not in_order(words[1:])
    assert not in_order([words[1], words[0], *words[2:]])
    assert not in_order([*words, "dedup"])
