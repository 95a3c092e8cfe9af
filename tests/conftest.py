"""What tests share: a config from YAML text, the whole chain with stand-ins, a quiet log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from pipeline.config import Config, load

CHAIN = """\
pipeline:
  - twilio_serializer
  - vad.energy
  - end_of_utterance
  - greeting
  - dedup
  - asr.script: {say: [hello]}
  - dedup
  - llm.script: {say: [Good morning.]}
  - intro_filter
  - tts.tone
  - pacer
  - twilio_sink
"""


@pytest.fixture(scope="session", autouse=True)
def quiet() -> None:
    """Nothing is logged but to whom a test adds."""
    logger.remove()


@pytest.fixture
def log() -> Iterator[list[str]]:
    """The messages that are logged during a test, INFO and above."""
    lines: list[str] = []
    sink = logger.add(lambda message: lines.append(message.record["message"]), level="INFO")
    yield lines
    logger.remove(sink)


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., Config]:
    """Write YAML text to a file and load it; keywords go to `load`."""

    def write(text: str, **changes: Any) -> Config:
        path = tmp_path / "test.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, **changes)

    return write


@pytest.fixture(scope="session")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Config]:
    """The whole chain: it hears `heard` and says `said`, a text an utterance, over and over.

    `changes` are fields of steps, `swap` puts steps in the place of others.
    """
    path = tmp_path_factory.mktemp("agent") / "agent.yaml"
    path.write_text(CHAIN, encoding="utf-8")

    def make(
        heard: Sequence[str] = ("hello",),
        said: Sequence[str] = ("Good morning.",),
        changes: dict[str, Any] | None = None,
        swap: dict[str, Any] | None = None,
    ) -> Config:
        fields = {"asr.say": list(heard), "llm.say": list(said), **(changes or {})}
        kept = {key: value for key, value in fields.items() if key.split(".")[0] not in (swap or {})}
        return load(path, swap=swap, set=kept)

    return make
