"""Realtime transcription sessions of the OpenAI stand-in: words while the sound comes, the rest once it is committed.

A client is let in with any key, and told by the first event, and the code of the close, that it was wrong; so it was
measured by one who has an account. Source: https://developers.openai.com/api/docs/guides/realtime-transcription
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from pipeline import audio
from pipeline.standins.openai.script import Fault, Script, error
from pipeline.standins.openai.wire import Asked, for_ever

WIDTHS = {"audio/pcmu": 1, "audio/pcm": 6}  # bytes for each sample at 8 kHz
SHORTEST = audio.RATE // 10  # samples of a commit
BAD_KEY, BAD_REQUEST = 3000, 4000  # codes of closes
LIVE = ("live", "realtime")  # parts of the names of models that tell words before a commit
WORDS = "conversation.item.input_audio_transcription"


class Refused(Exception):
    """The client did something wrong: the fields of an error, and the code of the close, 0 for none."""

    def __init__(self, code: str, text: str = "", close: int = 0) -> None:
        super().__init__(code)
        self.code, self.text, self.close = code, text, close


@dataclass
class Item:
    """The sound between two commits, and its words."""

    name: str
    samples: int = 0
    words: tuple[str, ...] = ()
    told: int = 0  # words

    def tell(self, count: int) -> str:
        """Return the text of the words up to this number that are not told yet, and count them as told."""
        text = " ".join(self.words[self.told : count])
        space, self.told = " " if text and self.told else "", max(self.told, count)
        return space + text


def let_in(request: web.Request, wanted: str, fault: Fault) -> None:
    """Raise Refused for a wrong key, an address of another kind of session, or as the script says."""
    key = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if wanted and key != wanted:
        raise Refused("invalid_api_key", close=BAD_KEY)
    if "OpenAI-Beta" in request.headers:
        raise Refused("beta_api_shape_disabled", "The Realtime Beta API is not supported.", BAD_REQUEST)
    if "model" in request.query or request.query.get("intent") != "transcription":
        raise Refused("invalid_model", "A transcription session has no model in its address.", BAD_REQUEST)
    if fault.code:
        raise Refused(fault.code, close=BAD_REQUEST)


def chosen(session: dict[str, Any]) -> tuple[str, str]:
    """Return the model and the format of a `session.update`; raises Refused."""
    input_ = session.get("audio", {}).get("input", {})
    model = str(input_.get("transcription", {}).get("model") or "")
    kind = str(input_.get("format", {}).get("type"))
    if session.get("type") != "transcription" or kind not in WIDTHS or not model:
        raise Refused("invalid_request_error", "This is no transcription session.", BAD_REQUEST)
    if input_.get("turn_detection") is not None:
        raise Refused("invalid_request_error", "Turn detection is not supported for this model.", BAD_REQUEST)
    return model, kind


class TranscriptionSession:
    """One session; `next_text` returns the text of the next turn, `events` are the client's, without its sound."""

    def __init__(
        self, socket: web.WebSocketResponse, asked: Asked, script: Script, next_text: Callable[[], str]
    ) -> None:
        self.socket, self.asked, self.script, self.next_text = socket, asked, script, next_text
        self.events: list[dict[str, Any]] = []
        self.sound = b""  # of the committed turns, as it came
        self.model = self.format = ""
        self._item, self._items, self._sent = Item("item_1"), 1, 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, request: web.Request) -> None:
        """Answer the client's events until it goes, or does something that ends the session."""
        try:
            let_in(request, self.script.key, self.asked.fault)
            await self._send("session.created", session={"type": "transcription", "object": "realtime.session"})
            async for message in self.socket:
                if message.type is WSMsgType.TEXT:
                    await self._answer(msgspec.json.decode(message.data), request)
        except Refused as refused:
            await self._refuse(refused)
        finally:
            for task in self._tasks:
                task.cancel()

    async def _answer(self, event: dict[str, Any], request: web.Request) -> None:
        kind = str(event["type"])
        answers: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "session.update": self._update,
            "input_audio_buffer.append": partial(self._append, request=request),
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
        }
        if kind != "input_audio_buffer.append":
            self.events.append(event)
        try:
            if kind not in answers:
                raise Refused("invalid_value", f"Invalid value: '{kind}'.")
            if not self.format and kind != "session.update":
                raise Refused("invalid_request_error", "The session has no model yet.")
            await answers[kind](event)
        except Refused as refused:
            if refused.close:
                raise
            await self._refuse(refused, event.get("event_id"))

    # ---- the client's events ----------------------------------------------------------------------------------------

    async def _update(self, event: dict[str, Any]) -> None:
        session = event["session"]
        self.model, kind = chosen(session)
        if self.script.models and self.model not in self.script.models:
            raise Refused("model_not_found", close=BAD_REQUEST)
        if self.asked.fault.hang == "first":
            await for_ever()
        await asyncio.sleep(self.script.opening)
        self.format = kind
        await self._send("session.updated", session=session)

    async def _append(self, event: dict[str, Any], request: web.Request) -> None:
        try:
            sound = base64.b64decode(event["audio"], validate=True)
        except binascii.Error:
            raise Refused("invalid_request_error", "Invalid audio.") from None
        self._item.samples += len(sound) // WIDTHS[self.format]
        self.sound += sound
        self.asked.written += 1
        if self.asked.fault.cut is not None and self.asked.written > self.asked.fault.cut:
            self.asked.ended = "cut"
            assert request.transport
            request.transport.abort()
        elif any(part in self.model for part in LIVE):
            self._grow(self._item)

    def _grow(self, item: Item) -> None:
        """Tell the words whose sound has come, `word_lag` later."""
        item.words = item.words or tuple(self.next_text().split())
        grown = min(int(item.samples / audio.RATE / self.script.word_every), len(item.words))
        if grown > item.told:
            self._later(self.script.word_lag, partial(self._tell, item, grown))

    async def _commit(self, event: dict[str, Any]) -> None:
        item, fault = self._item, self.asked.fault
        if item.samples < SHORTEST:
            text = f"buffer too small. Expected at least 100ms of audio, but got {item.samples / 8:.2f}ms."
            raise Refused("input_audio_buffer_commit_empty", text)
        if fault.hang == "between" and self._items > fault.after:
            await for_ever()
        if fault.error:
            await self._refuse(Refused(fault.error))
        item.words = item.words or tuple(self.next_text().split())
        self._begin()
        await self._send("input_audio_buffer.committed", item_id=item.name)
        self._later(self.script.completing, partial(self._complete, item))

    async def _clear(self, event: dict[str, Any]) -> None:
        self._begin()
        await self._send("input_audio_buffer.cleared")

    def _begin(self) -> None:
        self._items += 1
        self._item = Item(f"item_{self._items}")

    # ---- the answers ------------------------------------------------------------------------------------------------

    async def _tell(self, item: Item, words: int) -> None:
        if delta := item.tell(words):
            await self._send(f"{WORDS}.delta", item_id=item.name, content_index=0, delta=delta)

    async def _complete(self, item: Item) -> None:
        fault, of = self.asked.fault, {"item_id": item.name, "content_index": 0}
        if fault.failed:
            await self._send(f"{WORDS}.failed", error=error(fault.failed, model=self.model), **of)
            return
        await self._tell(item, len(item.words))
        text = " ".join(item.words) if fault.text is None else fault.text
        usage = {"type": "duration", "seconds": item.samples / audio.RATE}
        await self._send(f"{WORDS}.completed", transcript=text, usage=usage, **of)

    async def _refuse(self, refused: Refused, event_id: str | None = None) -> None:
        key = self.asked.headers.get("Authorization", "").removeprefix("Bearer ")
        fields = error(refused.code, text=refused.text, key=key, model=self.model)
        await self._send("error", error={**fields, "event_id": event_id})
        if refused.close:
            await self.socket.close(code=refused.close, message=refused.code.encode())

    async def _send(self, kind: str, **fields: Any) -> None:
        self._sent += 1
        event = {"type": kind, "event_id": f"event_{self._sent}", **fields}
        with suppress(ConnectionError):  # the client has gone
            await self.socket.send_str(msgspec.json.encode(event).decode())

    def _later(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            await work()

        task = asyncio.create_task(wait())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
