"""A tiny set of labelled audio, made of tones, and a config that hears loudness, for the turn-taking battery."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pipeline import audio

CONFIG = """\
language: en-US
pipeline:
  - twilio_serializer
  - vad.energy
  - end_of_utterance
  - dedup
  - asr.script: {say: [hello]}
  - dedup
  - llm.script: {say: [Hello.]}
  - tts.tone
  - pacer
  - twilio_sink
"""


def quiet(seconds: float) -> bytes:
    """Return silence as mu-law."""
    return b"\xff" * round(seconds * audio.RATE)


def tone(seconds: float, pitch: float) -> bytes:
    """Return a voice as mu-law: a tone."""
    return audio.encode(audio.tone(seconds, pitch, 2400))


def rising(seconds: float, pitch: float) -> bytes:
    """Return a voice whose every part is unlike the others: tones of 0.1 s, each higher than the one before."""
    return b"".join(tone(0.1, pitch + 7 * step) for step in range(round(seconds / 0.1)))


def sentence(first: float, hold: float, second: float, pitch: float) -> bytes:
    """Return a sentence with a pause in it."""
    return tone(first, pitch) + quiet(hold) + tone(second, pitch) + quiet(0.03)


def written(folder: Path, **kinds: list[tuple[bytes, dict[str, Any]]]) -> Path:
    """Write a set of these kinds of clips, each with its labels, and return its folder."""
    folder.mkdir(exist_ok=True)
    for kind, clips in kinds.items():
        at, listed = 0, []
        for number, (ulaw, labels) in enumerate(clips):
            listed.append({"key": f"{kind}/{number}", **labels, "at": at, "n": len(ulaw)})
            at += len(ulaw)
        (folder / f"{kind}.json").write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")
        (folder / f"{kind}.ulaw").write_bytes(b"".join(ulaw for ulaw, _ in clips))
    return folder


def tiny(folder: Path) -> Path:
    """Write a set with a few clips of each kind but noise, and return its folder."""
    shapes = ((1.0, 0.3, 0.6, 300.0), (0.9, 1.5, 0.7, 340.0), (1.1, 0.2, 0.5, 380.0))
    texts = ("where is the office", "when are you open tomorrow", "please call me back")
    turns = [
        (sentence(*shape), {"lang": lang, "text": text, "end": sum(shape[:3]), "holds": [[shape[0], sum(shape[:2])]]})
        for shape, text, lang in zip(shapes, texts, ("en", "fr", "en"), strict=True)
    ]
    words = [
        (tone(0.36, pitch) + quiet(0.1), {"word": word, "lang": lang, "voiced": 0.36})
        for pitch, word, lang in ((500.0, "כן", "he"), (520.0, "לא", "he"), (540.0, "stop", "en"))
    ]
    agent = [(rising(2.4 + number / 5, 200.0 + number), {"text": f"we are {number}"}) for number in range(4)]
    return written(
        folder,
        turns=turns,
        words=words,
        short=[(tone(0.4, 440.0), {"voiced": 0.4})],
        agent=agent,
        music=[(tone(3.0, 600.0), {})],
    )
