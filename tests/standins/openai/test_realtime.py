"""The stand-in's sessions, by the types of OpenAI's own library."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from openai.types import realtime

from pipeline.standins.openai import OpenAi
from tests.kit.alone import alone
from tests.kit.openai_caller import KEY, script

KINDS: dict[str, Any] = {
    "session.updated": realtime.SessionUpdatedEvent,
    "input_audio_buffer.committed": realtime.InputAudioBufferCommittedEvent,
    "input_audio_buffer.cleared": realtime.InputAudioBufferClearedEvent,
    "conversation.item.input_audio_transcription.delta": realtime.ConversationItemInputAudioTranscriptionDeltaEvent,
    "conversation.item.input_audio_transcription.completed": (
        realtime.ConversationItemInputAudioTranscriptionCompletedEvent
    ),
    "error": realtime.RealtimeErrorEvent,
}
SESSION: dict[str, Any] = {
    "type": "transcription",
    "audio": {
        "input": {"format": {"type": "audio/pcmu"}, "transcription": {"model": "gpt-live-transcribe"}},
    },
}
UPDATE = {"type": "session.update", "session": SESSION}
SOUND = {"type": "input_audio_buffer.append", "audio": "/" * 3200}  # 0.3 s
COMMIT = {"type": "input_audio_buffer.commit"}
CLEAR = {"type": "input_audio_buffer.clear"}


@asynccontextmanager
async def opened(query: str = "intent=transcription", **headers: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A connection to a stand-in's sessions."""
    given = {"Authorization": f"Bearer {KEY}", **headers}
    async with (
        OpenAi(script()) as server,
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{server.url}/realtime?{query}", headers=given) as socket,
    ):
        yield socket


async def events(socket: aiohttp.ClientWebSocketResponse, last: str, *sent: Any) -> list[dict[str, Any]]:
    """Send these; the events up to the last one of this type, each as the library reads it."""
    for each in sent:
        await socket.send_json(each)
    found: list[dict[str, Any]] = []  # `session.created` may come before the first of them
    while not found or found[-1]["type"] != last:
        found.append(json.loads(await socket.receive_str()))
        if kind := KINDS.get(found[-1]["type"]):
            kind.model_validate(found[-1], strict=True)
    return found


@alone
async def test_a_turn() -> None:
    """Its words come one by one, and then as a whole."""
    async with opened() as socket:
        found = await events(socket, "conversation.item.input_audio_transcription.completed", UPDATE, SOUND, COMMIT)
        assert [each["type"] for each in found[:2]] == ["session.created", "session.updated"]
        assert "".join(each.get("delta", "") for each in found) == found[-1]["transcript"] == "one two three"
        assert len({each["item_id"] for each in found if "item_id" in each}) == 1


@alone
async def test_sound_that_is_cleared_has_no_words() -> None:
    """A commit after it has nothing to commit, and the error names the event."""
    async with opened() as socket:
        await events(socket, "input_audio_buffer.cleared", UPDATE, SOUND, CLEAR)
        *_, error = await events(socket, "error", {**COMMIT, "event_id": "mine"})
        assert error["error"]["code"] == "input_audio_buffer_commit_empty" and error["error"]["event_id"] == "mine"


@pytest.mark.parametrize(
    ("query", "headers", "code", "close"),
    [
        ("intent=transcription", {"Authorization": "Bearer other"}, "invalid_api_key", 3000),
        ("intent=transcription", {"OpenAI-Beta": "realtime=v1"}, "beta_api_shape_disabled", 4000),
        ("intent=transcription&model=m", {}, "invalid_model", 4000),
        ("model=m", {}, "invalid_model", 4000),
    ],
)
@alone
async def test_who_is_not_let_in(query: str, headers: dict[str, str], code: str, close: int) -> None:
    """The connection is made, and the first event says what was wrong."""
    async with opened(query, **headers) as socket:
        [error] = await events(socket, "error")
        assert error["error"]["code"] == code
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE and socket.close_code == close


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "realtime"},
        {"audio": {"input": {"format": {"type": "audio/pcmu"}}}},
        {"audio": {"input": {**SESSION["audio"]["input"], "turn_detection": {"type": "server_vad"}}}},
        {"audio": {"input": {**SESSION["audio"]["input"], "format": {"type": "audio/wav"}}}},
    ],
)
@alone
async def test_sessions_of_another_kind(changed: dict[str, Any]) -> None:
    """They end before they begin."""
    async with opened() as socket:
        await events(socket, "error", {"type": "session.update", "session": {**SESSION, **changed}})
        await socket.receive()
        assert socket.close_code == 4000


@pytest.mark.parametrize("event", [{"type": "transcription_session.update"}, {**SOUND, "audio": "?"}])
@alone
async def test_an_event_that_is_none(event: dict[str, Any]) -> None:
    """It is refused, and the session goes on."""
    async with opened() as socket:
        await events(socket, "error", UPDATE, event)
        await events(socket, "input_audio_buffer.committed", SOUND, COMMIT)
