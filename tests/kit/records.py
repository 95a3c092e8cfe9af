"""The record of a call, written without a call, and what is in its folder."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from pipeline import audio
from pipeline.config import RecordSettings
from pipeline.records.recorder import Record, Recorder
from pipeline.twilio import messages
from tests.kit.peer import STREAM_SID, sid

OUT = messages.Outbound(STREAM_SID)
START = b'{"event":"start","streamSid":"%s","start":{"streamSid":"%s"}}' % ((STREAM_SID.encode(),) * 2)
LOUD = audio.encode(audio.tone(0.02))


def kept(folder: Path, name: str) -> list[dict[str, Any]]:
    """The lines of a record's file, packed or not."""
    path = folder / name
    data = path.read_bytes() if path.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    return [json.loads(line) for line in data.splitlines()]


def only_folder(root: Path) -> Path:
    """The folder of the one call that was recorded."""
    (folder,) = root.glob(f"*/{sid()}")
    return folder


def names(folder: Path) -> set[str]:
    """What is in a folder."""
    return {path.name for path in folder.iterdir()}


def media(sound: bytes = LOUD) -> bytes:
    """A piece of the caller's voice as Twilio sends it."""
    return OUT.media(sound)


def one(settings: RecordSettings, started: float = 100.0, every: float = 0.001) -> tuple[Recorder, Record]:
    """A recorder with one record, which its thread writes so often."""
    recorder = Recorder(every=every)
    record = recorder.open(settings, sid(), started)
    assert record is not None
    return recorder, record
