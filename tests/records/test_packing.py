"""The messages of a call that has ended: small on disk, and the same when they are read."""

from __future__ import annotations

import gzip
import random
from binascii import b2a_base64
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import Config, RecordSettings
from pipeline.faults import KavError
from pipeline.records import packing, wav
from pipeline.records.finishing import finish
from pipeline.records.reader import Message, Recording
from pipeline.records.recorder import Record
from pipeline.testing import play
from pipeline.twilio.hidden import silenced
from tests.kit.peer import STREAM_SID
from tests.kit.records import OUT, START
from tests.kit.replays import CALLER, again, only, turns

NOISE = random.Random(1)
Said = list[tuple[float, str, bytes]]


def noise(size: int = 160) -> bytes:
    """Sound that nothing compresses."""
    return NOISE.randbytes(size)


def caller(number: int, sound: bytes) -> bytes:
    """A piece of the caller's sound, with everything that Twilio sends."""
    body = f'{{"track":"inbound","chunk":"{number + 1}","timestamp":"{20 * number}","payload":"%s"}}'
    payload = b2a_base64(sound, newline=False).decode()
    order = f'"sequenceNumber":"{number + 2}","streamSid":"{STREAM_SID}"'
    return f'{{"event":"media","media":{body % payload},{order}}}'.encode()


def test_the_sound_can_be_had_from_compressed_messages(tmp_path: Path) -> None:
    """The same as from the log that they were packed from."""
    plain, packed = tmp_path / "wire.jsonl", tmp_path / "wire.jsonl.gz"
    lines = [
        b'{"at":%g,"no":%d,"way":"%s","message":%s}\n' % (at, no, way.encode(), data)
        for no, (at, way, data) in enumerate(loud_minute()[:200])
    ]
    plain.write_bytes(b"".join(lines))
    packing.pack(plain, packed, None)
    assert packing.tracks(packed) == packing.tracks(plain)


def loud_minute() -> Said:
    """Both sides speak all the time, as noise; the caller breaks in once."""
    said: Said = [(0.0, "in", START)]
    for number in range(3000):
        said.append((0.02 + number / 50, "in", caller(number, noise())))
        said.append((0.021 + number / 50, "out", OUT.media(noise())))
        if number == 1500:
            said.append((0.022 + number / 50, "out", OUT.clear))
    return said


ODD: list[Said] = [
    [(0.0, "in", START), (0.1, "in", b'{"event":"media","media":{"payload":"","x":{"payload":"AAAA"}}}')],
    [(0.0, "in", START), (0.1, "in", b'{"event":"media","media":{"payload":"AAA"}}')],
    [(0.0, "in", START), (0.1, "in", b'{"event":"media","media":{"payload":"/w=="},"payload":"/w=="}')],
    [(0.0, "in", START), (0.1, "in", b'{"payload":"/w==","event":"media","media":{"payload":"/w=="}}')],
    [(0.0, "in", START), (0.1, "in", b'{"event":"media","media":{"payload":"\\u002fw=="}}')],
    [(0.0, "in", START), (0.1, "in", b"no json"), (0.2, "in", b'{"sound":[0,1],"payload":""}')],
    [
        (0.0, "in", START),
        (0.1, "out", OUT.media(noise(8000))),
        (0.4, "out", OUT.clear),
        (0.5, "out", OUT.media(noise())),
    ],
    [(0.0, "in", START), (0.1, "out", b"{}"), (0.2, "out", OUT.media(b"")), (0.3, "in", caller(0, b"\x7f\xff" * 80))],
]


def recorded(folder: Path, said: Said, settings: RecordSettings) -> tuple[list[Message], list[Message]]:
    """Record these messages; return them as they were read while the call went on."""
    record = Record(folder, settings, 0.0)
    for each in said:
        record.message(*each)
    record.write()
    (folder / "call.json").write_text('{"format":1,"call_sid":"","began":""}')
    (folder / "events.jsonl").touch()
    under_way = Recording.load(folder)
    record.close(said[-1][0], "stop")
    record.write()
    return under_way.received, under_way.sent


@pytest.mark.parametrize("said", [loud_minute(), *ODD])
@pytest.mark.parametrize("sound", ["mulaw", "wav"])
def test_packed_messages_are_the_same_to_the_byte(tmp_path: Path, said: Said, sound: str) -> None:
    """Sound that was never heard, odd messages, and those that are none, included."""
    settings = RecordSettings(audio=sound)  # type: ignore[arg-type]
    received, sent = recorded(tmp_path, said, settings)
    packed = Recording.load(tmp_path)
    assert (packed.received, packed.sent) == (received, sent)
    assert not (tmp_path / "wire.jsonl").exists() and not list(tmp_path.glob("*.part"))


def test_a_minute_takes_less_than_1200_kilobytes(tmp_path: Path) -> None:
    """Of noise on both sides, which is more than any call has."""
    recorded(tmp_path, loud_minute(), RecordSettings())
    assert sum(it.stat().st_size for it in tmp_path.iterdir()) < 1_200_000


def test_a_packed_file_that_is_cut_short_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """A copy that broke off loses its end alone."""
    received, _ = recorded(tmp_path, loud_minute(), RecordSettings())
    packed = (tmp_path / "wire.jsonl.gz").read_bytes()
    (tmp_path / "wire.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    left = Recording.load(tmp_path)
    assert left.cut and 1000 < len(left.received) < len(received) and received[: len(left.received)] == left.received


@pytest.mark.parametrize("spoil", [Path.unlink, lambda it: it.write_bytes(b"RIFF"), lambda it: _louder(it)])
def test_messages_without_their_sound_are_not_replayed(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    """The reader says that the sound is gone or was changed, instead of replaying another call."""
    recorded(tmp_path, loud_minute(), RecordSettings())
    spoil(tmp_path / "audio.wav")
    with pytest.raises(KavError, match=r"audio\.wav: .*messages need"):
        Recording.load(tmp_path)


def _louder(path: Path) -> None:
    tracks = wav.read(path)
    wav.write(path, wav.Tracks(b"\x00" + tracks.caller[1:], tracks.agent), "mulaw")


def test_a_disk_that_is_full_at_the_end_loses_nothing(tmp_path: Path) -> None:
    """The plain log of messages stays until all that it has is elsewhere."""
    received, _ = recorded(tmp_path, loud_minute(), RecordSettings())
    plain = gzip.decompress((tmp_path / "wire.jsonl.gz").read_bytes())
    whole = Recording.load(tmp_path)
    with (tmp_path / "wire.jsonl").open("wb") as file:
        for it in map(packing.line, plain.splitlines()):
            message = packing.unpacked(it, wav.read(tmp_path / "audio.wav")).decode()
            file.write(f'{{"at":{it.at},"no":{it.no},"way":"{it.way}","message":{message}}}\n'.encode())
    for name in ("wire.jsonl.gz", "audio.wav"):
        (tmp_path / name).unlink()
    (tmp_path / "audio.wav.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space"):
        finish(tmp_path, RecordSettings())
    assert Recording.load(tmp_path).received == whole.received == received


def test_a_call_without_its_sound_is_the_same_call(agent: Callable[..., Config], tmp_path: Path) -> None:
    """The vad's judgement and the providers' answers are in the record; silence is as long as the sound was."""
    play(agent(["hello", "bye", "yes"], ["Good morning."]), CALLER, 9.0, keep=tmp_path)
    whole = only(tmp_path)
    lines = [(it.no, f'{{"at":{it.at},"no":{it.no},"way":"in","message":', it.data) for it in whole.received]
    lines += [(it.no, f'{{"at":{it.at},"no":{it.no},"way":"out","message":', it.data) for it in whole.sent]
    text = [f"{head}{silenced(data).decode()}}}\n" for _, head, data in sorted(lines)]
    (whole.folder / "wire.jsonl").write_text("".join(text))
    (whole.folder / "audio.wav").unlink()
    silent = only(tmp_path)
    assert len(silent.received) == len(whole.received) and silent.received != whole.received
    assert again(silent).same and turns(whole.events)
