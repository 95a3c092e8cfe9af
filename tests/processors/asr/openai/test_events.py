"""The events of a session: those that are sent are OpenAI's, by the types of its own library."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai.types import realtime

from pipeline.settings import Secret
from processors._shared.openai_client import ProviderFault
from processors.asr.openai import events
from processors.asr.openai.settings import OpenAiSettings

KEY = "sk-canary-0123456789"


@pytest.mark.parametrize("encoding", ["pcmu", "pcm"])
@pytest.mark.parametrize("model", ["gpt-live-transcribe", "gpt-4o-transcribe"])
def test_a_session_is_one_of_transcription(encoding: Any, model: str) -> None:
    """Its type, format, model and hints are where the library has them, and no turn is ended by the server."""
    settings = OpenAiSettings(model=model, encoding=encoding, phrases=["desk"], extra={"delay": "low"})
    sent = json.loads(events.session_update(settings, "en-US"))
    session: Any = realtime.SessionUpdateEvent.model_validate(sent, strict=True).session
    input_ = session.audio.input
    assert (session.type, input_.format.type) == ("transcription", f"audio/{encoding}")
    assert (input_.transcription.model, input_.transcription.delay) == (model, "low")
    assert sent["session"]["audio"]["input"]["turn_detection"] is None
    known = set(realtime.AudioTranscription.model_fields)
    assert set(sent["session"]["audio"]["input"]["transcription"]) <= known


def test_the_other_events_are_the_librarys() -> None:
    """Sound in base64, and names by which a refusal is told."""
    append = realtime.InputAudioBufferAppendEvent.model_validate_json(events.append(b"\xff\x00"), strict=True)
    assert append.audio == "/wA="
    assert realtime.InputAudioBufferCommitEvent.model_validate_json(events.commit("turn-1")).event_id == "turn-1"
    assert realtime.InputAudioBufferClearEvent.model_validate_json(events.clear("turn-2")).event_id == "turn-2"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "7", '{"no": "type"}', '{"type": 7}', b"\xff", "[" * 100_000])
def test_what_is_no_event(text: Any) -> None:
    """It is a fault of the server's, and nothing else."""
    with pytest.raises(ProviderFault, match="no event"):
        events.parse(text)


@pytest.mark.parametrize(
    ("error", "status", "fatal"),
    [
        ({"code": "invalid_api_key", "message": f"wrong {KEY}"}, 401, True),
        ({"code": "model_not_found"}, 404, True),
        ({"code": "insufficient_quota"}, 429, True),
        ({"code": "rate_limit_exceeded"}, 429, False),
        ({"type": "invalid_request_error", "code": "unknown_parameter"}, 400, True),
        ({"type": "server_error"}, 500, False),
        ({"code": "session_expired"}, 0, False),
        ({}, 0, False),
        (None, 0, False),
    ],
)
def test_an_error_is_told_by_its_code(error: dict[str, str] | None, status: int, fatal: bool) -> None:
    """With the status that HTTP would have had, and without the key."""
    event = events.parse(json.dumps({"type": "error", "error": error}))
    fault = events.fault(event.error, Secret(KEY))
    assert fault.status == status and events.is_fatal(fault) == fatal
    assert str(fault) and KEY not in str(fault)
