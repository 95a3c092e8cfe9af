"""The talk over one media stream's socket: the caller's messages at their times, and all that the agent sends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from aiohttp import ClientWebSocketResponse, WSMsgType

from pipeline.phone.stream import MediaStream

MEANT = (1000, 1005)  # close codes of an agent that hangs up on purpose

End = Callable[[str, str | None], None]  # the side that ended it, and the fault if there is one


class Talk:
    """One stream over its socket; `end` is told why the agent ended it. Needs a running loop."""

    def __init__(self, stream: MediaStream, ws: ClientWebSocketResponse, end: End) -> None:
        self.stream, self.ws = stream, ws
        self.close_code: int | None = None  # if the agent closed it
        self._end = end
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._hung_up = False

    async def speak(self) -> None:
        """Send the stream's messages, each at its time, until one side hangs up."""
        await self._send(self.stream.open(self._loop.time()))
        while not self.stream.over:
            await self._send(self.stream.say(self._loop.time()))
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self.stream.wake()):
                    await self._woken.wait()
            self._woken.clear()

    async def listen(self) -> None:
        """Take all that the agent sends, until the socket is closed."""
        while (message := await self.ws.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
            self.stream.hear(message.data, self._loop.time(), binary=message.type is WSMsgType.BINARY)
            self._woken.set()
        if self._hung_up:
            return
        self.close_code = self.ws.close_code if message.type is WSMsgType.CLOSE else 1006
        if message.type is WSMsgType.ERROR:
            self._end("error", f"Twilio 31924: the agent broke the WebSocket protocol: {message.data}")
        elif message.type is not WSMsgType.CLOSE:
            self._end("error", "Twilio 31903: the agent's socket broke")
        elif self.close_code not in MEANT:
            why = f"the agent closed the stream with code {self.close_code} {message.extra or ''}"
            self._end("agent", why.strip())
        else:
            self._end("agent", None)
        self.stream.hung_up(self._loop.time())
        self._woken.set()

    async def hang_up(self) -> None:
        """End the stream from the caller's side, if the agent has not."""
        self._hung_up = True
        if not self.ws.closed:
            await self._send(self.stream.close(self._loop.time()))
        await self.ws.close()

    async def _send(self, messages: list[bytes]) -> None:
        with suppress(ConnectionError):  # `listen` notices a broken socket, too, and reports the reason
            for message in messages:
                await self.ws.send_frame(message, WSMsgType.TEXT)
