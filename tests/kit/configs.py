"""A good config and a plug-in with a setting of each kind, to be made wrong; and what is said of a config."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.config import load
from pipeline.faults import ConfigError

GOOD = """\
name: demo
language: he-IL
numbers: ["${NUMBER:-+15551234567}"]
pipeline:
  - twilio_serializer
  - vad.energy: {rms: "${VAD_RMS:-210}"}
  - end_of_utterance: {min_silence: "${MIN_UTT_SEC:-0.48}s", hangover: "${HANGOVER_MS:-140}ms"}
  - dedup: {window: 14s}
  - asr.script: {say: [hello]}
  - dedup
  - llm.script:
      say: [hi there]
  - tts.tone: {pitch: 300}
  - pacer
  - twilio_sink
server: {max_calls: 5, drain: 10min}
record:
  folder: calls
log_words: false
"""

PLUGIN = '''
from typing import Annotated, Any, Literal
import msgspec
from msgspec import Meta
from pipeline.frames import AudioIn, AudioOut
from pipeline.processor import Processor, on
from pipeline.settings import StepSettings, doc
from pipeline.catalog import Steps
from pipeline.settings import Duration, FilePath, Secret

class Part(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    weight: float = 1.0

class Thing(Processor):
    """Does it."""
    gives = (AudioOut,)
    class Settings(StepSettings, frozen=True, kw_only=True):
        whole: Annotated[int, Meta(ge=1, le=9)] = 1
        part: Annotated[float, Meta(gt=0, lt=1)] = 0.5
        flag: bool = False
        text: Annotated[str, Meta(max_length=9)] = "x"
        wait: Annotated[Duration, Meta(ge=0.1, le=2)] = 1.0
        mode: Literal["fast", "slow"] = "fast"
        key: Secret | None = None
        file: FilePath | None = None
        names: list[str] = []
        parts: list[Part] = []
        table: dict[str, int] = {}
        either: int | Literal["auto"] = "auto"
        pair: tuple[int, int] = (1, 2)
        data: Any = None
        spare: Steps = ()
        odd: bytes = b""
        old: Annotated[str, doc("What it was called.", deprecated="write `text`")] = ""

        def faults(self):
            if self.text == "boom":
                raise ValueError("no such thing")
            if self.whole == 7:
                yield "whole", "is unlucky"
            if self.whole == 8:
                yield "part", "does not go with `whole`"
            if self.part == 0.75:
                yield "", "there is no call for this"
            for number, part in enumerate(self.parts, 1):
                if part.weight < 0:
                    yield f"parts[{number}].weight", "is below nothing"

        def lacks(self):
            if self.whole == 9:
                yield "key", "is needed for nine"

        def doubts(self):
            if self.names == ["none"]:
                yield "names", "has nobody in it"
            if not self.text:
                yield "text", "is blank"
            if self.text == "loud":
                yield "text", "is loud"

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        """Hear."""
        self.push(frame)
'''

Write = Callable[..., Path]


def faults(path: Path, **changes: Any) -> list[str]:
    """Every fault of a config, as file:line:column, text and hint."""
    try:
        load(path, **{"env": {}, **changes})
    except ConfigError as error:
        found = [fault for fault in error.faults if fault.severity == "error"]
        return [f"{f.file}:{f.line}:{f.column} {f.text}" + (f" | {f.hint}" if f.hint else "") for f in found]
    return []


def step(name: str, config: Any) -> Any:
    """The settings of the first step with this word."""
    return next(each.settings for each in config.steps if each.word == name)


def with_thing(setting: str) -> str:
    """A config in which the plug-in has one setting."""
    return (
        "plugins: [gizmo]\npipeline:\n  - twilio_serializer\n  - gizmo.thing:\n"
        f"      {setting}\n  - pacer\n  - twilio_sink\n"
    )
