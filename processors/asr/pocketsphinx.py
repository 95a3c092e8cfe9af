"""Recognition without a cloud, of a closed list of phrases."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Annotated, Any

import msgspec

from pipeline.asr import Recognizer
from pipeline.faults import MissingExtra
from pipeline.frames import AudioIn, SpeechStarted, Transcript, TurnDropped, Utterance
from pipeline.processor import StepSettings, doc, on
from pipeline.spec import Duration

if find_spec("pocketsphinx") is None:
    raise MissingExtra("offline", "pocketsphinx")


class PocketsphinxRecognizer(Recognizer):
    """Hears which of some phrases was said, in English, while it is said; anything else is speech without words."""

    class Settings(StepSettings, frozen=True, kw_only=True):
        phrases: Annotated[list[str], doc("What callers may say: [optional], (one | other), {slot}.", some=True)]
        slots: Annotated[dict[str, list[str]], doc("The words that each {slot} stands for.")] = {}
        workers: Annotated[int, doc("Processes that listen, for all calls together.", 1, 64)] = 2
        timeout: Annotated[Duration, doc("How long after the caller's last word the result is waited for.", 0.1, 30)] = 2.0

    settings: Settings
