"""Google's Speech-to-Text as a server on loopback, v1 and v2, that hears the texts of a script.

    async with GoogleSpeech(Script(say=["three rooms"])) as server:
        ...  # a client with an insecure channel to server.target

Source: the client packages' own messages; https://cloud.google.com/speech-to-text/docs/quotas for the limits.
"""

from __future__ import annotations

import asyncio
from typing import Any

import grpc

from pipeline.standins.google_speech.exchange import APIS, Api, Exchange, StreamSeen
from pipeline.standins.google_speech.script import Script
from pipeline.standins.google_speech.unanswered import UnansweringProxy


class GoogleSpeech:
    """The server; `streams` has each stream that was opened, `open` counts those open now.

    With `identity`, grpc's server credentials, it speaks TLS, as a client with an account demands.
    """

    def __init__(self, script: Script | None = None, identity: Any = None) -> None:
        self.script = script or Script()
        self.identity = identity
        self.streams: list[StreamSeen] = []
        self.open = 0
        self.target = ""  # host:port
        self._said = 0
        self._changed = asyncio.Event()
        self._proxy: UnansweringProxy | None = None

    async def __aenter__(self) -> GoogleSpeech:
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers(tuple(_rpc(self, api) for api in APIS))
        here = "127.0.0.1:0"
        secure, plain = self._server.add_secure_port, self._server.add_insecure_port
        port = secure(here, self.identity) if self.identity else plain(here)
        await self._server.start()
        if self.script.deaf_connections:
            self._proxy = UnansweringProxy(port, self.script.deaf_connections)
            port = await self._proxy.open()
        self.target = f"127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._proxy is not None:
            await self._proxy.close()
        await self._server.stop(grace=None)

    async def closed(self) -> None:
        """Wait until no stream is open."""
        while self.open:
            await self._changed.wait()

    async def seen(self, streams: int, seconds: float = 0.0) -> StreamSeen:
        """Wait until so many streams were opened, and until the last of those has so many seconds of audio."""
        while len(self.streams) < streams or self.streams[streams - 1].seconds < seconds:
            await self._changed.wait()
        return self.streams[streams - 1]

    async def serve(self, api: Api, context: Any) -> None:
        """Serve one stream, from its first message to its end."""
        number, seen = len(self.streams), StreamSeen(api.name)
        self.streams.append(seen)
        self.open += 1
        self.tell()
        try:
            await Exchange(self, api, context, seen, self.script.fault(number)).run()
        finally:
            self.open -= 1
            self.tell()

    def tell(self) -> None:
        """Wake all tasks that wait for a change."""
        self._changed.set()  # every waiter wakes once, and waits for the next change on a new event
        self._changed = asyncio.Event()

    def next_text(self) -> str:
        """Return the text to be heard next."""
        return self.script.say[self._said % len(self.script.say)]

    def said(self) -> None:
        """Go on to the next text: the current one was sent as final."""
        self._said += 1


def _rpc(server: GoogleSpeech, api: Api) -> Any:
    async def streaming_recognize(_: Any, context: Any) -> None:
        await server.serve(api, context)

    method = grpc.stream_stream_rpc_method_handler(
        streaming_recognize,
        request_deserializer=api.messages.StreamingRecognizeRequest.deserialize,
        response_serializer=api.messages.StreamingRecognizeResponse.serialize,
    )
    return grpc.method_handlers_generic_handler(
        f"google.cloud.speech.{api.name}.Speech", {"StreamingRecognize": method}
    )
