from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

from pipeline.frames import AudioEnded, CallStarted, Mark, Media
from pipeline.testing import STREAM_SID, run
from processors.twilio_sink import TwilioSink

START = CallStarted("CA1", STREAM_SID, {})


def test_sound_and_marks_become_twilios_messages() -> None:
    """Each with the stream's sid and not a field more; they end here."""
    sink = TwilioSink()
    assert run(sink, [START, Media(b"\x10" * 160), Mark('1.1"')]) == [START]
    wire: Any = sink.call.wire
    media, mark = map(json.loads, wire.sent)
    payload = media["media"].pop("payload")
    assert b64decode(payload) == b"\x10" * 160
    assert media == {"event": "media", "streamSid": STREAM_SID, "media": {}}
    assert mark == {"event": "mark", "streamSid": STREAM_SID, "mark": {"name": '1.1"'}}


def test_what_was_sent_is_counted_and_logged(log: list[str]) -> None:
    """`WS_TX` counts the media messages up to the end of each reply."""
    sink = TwilioSink()
    run(sink, [START, *[Media(b"\xff" * 160)] * 3, AudioEnded(1), Media(b"\xff" * 160), AudioEnded(2)])
    assert sink.call.tx == 4
    assert log == [f"WS_TX sid={STREAM_SID} tx=3", f"WS_TX sid={STREAM_SID} tx=4"]
