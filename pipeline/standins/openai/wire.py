"""Requests to the OpenAI stand-in, and the bodies of its answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from pipeline.standins.openai.script import Fault, Script, error_body


@dataclass
class Asked:
    """A request, and how far its answer has come."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    fault: Fault
    number: int  # number of the request on its path, counted from 0
    peer: int  # port of the client: the same port means the same connection
    written: int = 0  # tokens, or chunks of sound, written so far
    late: int = 0  # those of them after the client had gone
    ended: str = ""  # done, gone (the client went away), cut; blank while it is open
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Body:
    """The body of an answer, which may be cut short by a fault."""

    def __init__(self, response: web.StreamResponse, request: web.Request, asked: Asked) -> None:
        self.response = response
        self.request = request
        self.asked = asked
        self.left = asked.fault.cut  # bytes until the cut; None: no cut

    @classmethod
    async def open(cls, request: web.Request, asked: Asked, content_type: str) -> Body:
        """Begin to answer."""
        response = web.StreamResponse(headers={"Content-Type": content_type})
        await response.prepare(request)
        return cls(response, request, asked)

    async def write(self, data: bytes, counts: int = 1) -> None:
        """Write the next bytes, worth `counts` tokens or chunks of sound."""
        gone = self.request.transport is None or self.request.transport.is_closing()
        self.asked.late += counts * gone
        if self.left is not None and len(data) > self.left:
            await self.response.write(data[: self.left])
            self.asked.ended = "cut"
            assert self.request.transport
            self.request.transport.close()  # without the end of the body
            await for_ever()
        await self.response.write(data)
        self.left = None if self.left is None else self.left - len(data)
        self.asked.written += counts

    async def end(self) -> web.StreamResponse:
        """End the body."""
        await self.response.write_eof()
        return self.response


async def read(request: web.Request) -> dict[str, Any]:
    """Return the request's body: JSON, or a form with its files as bytes; without a body, the values in its address."""
    if not request.can_read_body:
        return {**request.match_info, **request.query}
    if request.content_type != "multipart/form-data":
        body: dict[str, Any] = msgspec.json.decode(await request.read())
        return body
    form = await request.post()
    return {name: it.file.read() if isinstance(it, web.FileField) else it for name, it in form.items()}


async def for_ever() -> None:
    """Wait until the client goes away, which cancels this."""
    await asyncio.Event().wait()


def event(data: dict[str, Any]) -> bytes:
    """Encode a server-sent event."""
    return b"data: " + msgspec.json.encode(data) + b"\n\n"


def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    """Encode a chunk of a streamed chat completion as an event."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return event({"object": "chat.completion.chunk", "choices": [choice]})


def answer_json(data: dict[str, Any], status: int = 200) -> web.Response:
    """Return an answer that is not streamed."""
    return web.Response(body=msgspec.json.encode(data), status=status, content_type="application/json")


def page(model: str, script: Script) -> web.Response:
    """Return the page of a model, or an error if the script has none for it."""
    if script.models is None:
        return answer_json({"detail": "Not Found"}, 404)
    if script.models and model not in script.models:
        body = error_body(404, "model_not_found", model=model)
        return web.Response(status=404, body=body, content_type="application/json")
    shutdown = {"shutdown_date": script.shutdown} if script.shutdown else {}
    return answer_json({"id": model, "object": "model", "created": 0, "owned_by": "stand-in", **shutdown})
