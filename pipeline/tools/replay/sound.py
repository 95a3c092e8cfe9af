"""Write the sound of a replayed call: the recorded caller, and the agent as replayed."""

from __future__ import annotations

from pathlib import Path

from pipeline import audio
from pipeline.faults import KavError
from pipeline.frames import AudioOut
from pipeline.records.reader import Recording
from pipeline.records.sound import mix
from pipeline.tools.replay.player import Replayed
from pipeline.twilio.messages import SentMark, SentMedia, parse_sent


def voices(recording: Recording) -> dict[str, bytes]:
    """Return the PCM of each spoken text, from the messages sent; of an interrupted one, as much as was sent.

    That of fillers, which are no words of a reply, is under an empty text.
    """
    texts: dict[str, list[str]] = {}
    for event in recording.events:
        if event.what == AudioOut.__name__ and event.frame["last"]:
            texts.setdefault(str(event.frame["turn"]), []).append(event.frame["text"])
    found, ulaw = dict[str, bytes](), bytearray()
    for message in recording.sent:
        sent = parse_sent(message.data)
        if isinstance(sent, SentMedia):
            ulaw += sent.media.payload
            continue
        text = None
        if isinstance(sent, SentMark):
            turn = sent.mark.name.partition(".")[0]
            text = texts[turn].pop(0) if texts.get(turn) else None
        if text is not None and len(ulaw) > len(found.get(text, b"")) // 2:
            found[text] = audio.decode(bytes(ulaw))
        ulaw.clear()
    return found


def write(recording: Recording, replayed: Replayed, to: Path) -> None:
    """Write the call to a WAV file, the caller on the left, the agent on the right. Raises KavError."""
    entries = [(it.at, it.no, "in", it.data) for it in recording.received]
    entries += [(it.at, it.no, "out", it.data) for it in replayed.sent]
    entries.sort(key=lambda it: it[0])
    try:
        mix(((at, way, data) for at, _, way, data in entries), to)
    except OSError as error:
        raise KavError(f"{to}: cannot be written: {error.strerror or error}") from None
