"""The bare loop: aiohttp, a loudness threshold, a timer that sends. No framework: the limit to stand next to.

python -m benchmarks.peers.bare --port 8766
"""

from __future__ import annotations

import argparse
import asyncio
import warnings
from base64 import b64decode, b64encode
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import uvloop
from aiohttp import WSMsgType, web

from benchmarks.load.messages import BUZZ, FRAME, FRAME_SECONDS, RATE

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

START, STOP = 3, 10  # frames of voice that begin a turn, of silence that end one: as in configs/bench.yaml
LEAD = 0.2  # seconds that sound is sent ahead of the caller's ear: as Kav's pacer does
LOUD = 210
REPLY = 3.9  # seconds
SOUND = (BUZZ * (round(REPLY * RATE) // len(BUZZ) + 1))[: round(REPLY * RATE)]
PIECES = [b64encode(SOUND[at : at + FRAME]).decode() for at in range(0, len(SOUND), FRAME)]


class _Chunk(msgspec.Struct):
    payload: str


class _Start(msgspec.Struct, rename="camel"):
    stream_sid: str


class _Message(msgspec.Struct):
    event: str
    media: _Chunk | None = None
    start: _Start | None = None


_decode = msgspec.json.Decoder(_Message).decode


class Answering:
    """One call."""

    def __init__(self, send: Callable[[str], None]) -> None:
        self.send, self.loop = send, asyncio.get_running_loop()
        self.head = self.clear = ""
        self.voiced = self.silent = self.sent = 0
        self.speaks = False  # the caller
        self.begun = 0.0
        self.timer: asyncio.TimerHandle | None = None

    def read(self, data: str) -> None:
        """A message of Twilio's."""
        message = _decode(data)
        if message.media is not None:
            self.hear(b64decode(message.media.payload))
        elif message.start is not None:
            stream = message.start.stream_sid
            self.head = f'{{"event":"media","streamSid":"{stream}","media":{{"payload":"'
            self.clear = f'{{"event":"clear","streamSid":"{stream}"}}'

    def hear(self, ulaw: bytes) -> None:
        """20 ms of sound."""
        if audioop.rms(audioop.ulaw2lin(ulaw, 2), 2) > LOUD:
            self.voiced, self.silent = self.voiced + 1, 0
            if self.voiced == START and not self.speaks:
                self.speaks = True
                self.interrupt()
            return
        self.voiced, self.silent = 0, self.silent + 1
        if self.silent == STOP and self.speaks:
            self.speaks, self.sent, self.begun = False, 0, self.loop.time()
            self.pump()

    def interrupt(self) -> None:
        """Stop what is being said."""
        if self.timer is not None:
            self.stop()
            self.send(self.clear)

    def stop(self) -> None:
        """Send no more."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def pump(self) -> None:
        """Send what is due; the call speaks as long as there is a timer."""
        self.timer = None
        ahead = self.loop.time() - self.begun + LEAD + FRAME_SECONDS / 20
        while self.sent < len(PIECES) and self.sent * FRAME_SECONDS <= ahead:
            self.send(f'{self.head}{PIECES[self.sent]}"}}}}')
            self.sent += 1
        if self.sent < len(PIECES):
            self.timer = self.loop.call_at(self.begun - LEAD + self.sent * FRAME_SECONDS, self.pump)


async def _stream(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse(compress=False, protocols=("audio.twilio.com",))
    await socket.prepare(request)
    call = Answering(lambda text: _step(socket.send_str(text)))
    async for message in socket:
        if message.type != WSMsgType.TEXT:
            break
        call.read(message.data)
    call.stop()
    return socket


def _step(sending: Coroutine[Any, Any, None]) -> None:
    """Run it to its first wait, by which the message has been written, rather than make a task of it."""
    try:
        sending.send(None)
        sending.close()
    except StopIteration:
        pass


async def _serve(port: int) -> None:
    app = web.Application()
    app.router.add_get("/ws", _stream)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.bare", description=str(__doc__).splitlines()[0])
    parser.add_argument("--port", type=int, default=8766)
    uvloop.run(_serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
