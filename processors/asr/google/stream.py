"""One stream of Google's Speech-to-Text, from its opening to its end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Protocol

from processors.asr.google.api import LONGEST_STREAM, GoogleSpeech, Result
from processors.asr.google.sound import Sound

CHUNK = 800  # bytes, 100 ms: shorter messages cost three times the work, longer ones delay results
REFUSAL = 0.2  # seconds for a refusal to arrive: a few round trips


class Owner(Protocol):
    """The listener that a stream sends for, as the stream sees it."""

    sound: Sound
    half_closed: bool  # no more sound will come

    @property
    def ready(self) -> int:
        """The place up to which sound may be sent."""

    def caught_up(self) -> None:
        """Take note that a stream has been sent all the sound that there was when it opened."""

    def heard(self, stream: Stream, results: list[Result]) -> None:
        """Take the results of a response."""

    def ended(self, stream: Stream, code: str, detail: str) -> None:
        """Take note that the stream ended with this gRPC status."""


class Stream:
    """Sends the sound that a listener has gathered, from `at` on, and hands it the results.

    `sent` is the place of the next sample to send, `origin` that of Google's time 0. A write after the server's last
    message makes grpc forget that message and report INTERNAL instead; so a `careful` stream waits for a refusal before
    it writes.
    """

    def __init__(self, speech: GoogleSpeech, listener: Owner, at: int, *, careful: bool = False) -> None:
        self.speech, self.listener, self.careful = speech, listener, careful
        self.channel = speech.channel
        self.origin = self.sent = at
        self.caught_up_at: float | None = None  # loop time at which all the sound that there was had been sent
        self.more = asyncio.Event()  # set when there is sound to send, or its end
        self.task: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Cancel the stream; results still under way are dropped."""
        if self.task is not None:
            self.task.cancel()

    async def run(self) -> None:
        grpc = self.speech.grpc
        self.channel.streams += 1
        # Not the client's own method: that holds the call back until it is connected, so that one which never
        # connects could not be cancelled.
        call = self.channel.transport.streaming_recognize(timeout=LONGEST_STREAM)
        outcome = "OK", ""
        try:
            await self._exchange(call, grpc.aio.EOF)
        except grpc.aio.AioRpcError as error:
            outcome = error.code().name, error.details() or ""
        except TimeoutError:
            self.speech.renew(self.channel)
            outcome = "UNAVAILABLE", f"no connection in {self.speech.settings.connect_timeout:g} s"
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            outcome = "CANCELLED", "the server cancelled the stream"  # grpc raises the same for both sides
        finally:
            call.cancel()
            await self.channel.release()
        self.listener.ended(self, *outcome)

    async def _exchange(self, call: Any, eof: Any) -> None:
        async with asyncio.timeout(self.speech.settings.connect_timeout):
            await call.wait_for_connection()
        # Writing and reading run side by side: Google answers while sound is still being sent, and may end a stream any
        # time.
        writer = asyncio.create_task(self._write(call))
        try:
            while (response := await call.read()) is not eof:
                self.listener.heard(self, self.speech.results(response))
        finally:
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer

    async def _write(self, call: Any) -> None:
        # A stream that has ended cannot be written to; the reader learns the reason.
        with suppress(self.speech.grpc.RpcError, asyncio.InvalidStateError):
            await call.write(self.speech.first)
            if self.careful:
                await ended(call, REFUSAL)
            while (ulaw := self._piece()) is not None:
                if ulaw:
                    await call.write(self.speech.audio(ulaw))
                    continue
                self._caught_up()
                self.more.clear()
                await self.more.wait()
            await call.done_writing()
            self._caught_up()

    def _caught_up(self) -> None:
        if self.caught_up_at is None:
            self.caught_up_at = asyncio.get_running_loop().time()
            self.listener.caught_up()

    def _piece(self) -> bytes | None:
        """Return the next piece to send: empty if there is none yet, None if there will be none."""
        listener = self.listener
        lost = max(0, listener.sound.first - self.sent)  # sound lost because more came than is kept
        self.origin, self.sent = self.origin + lost, self.sent + lost
        left = listener.ready - self.sent
        if left < CHUNK and not listener.half_closed:
            return b""
        piece = listener.sound.since(self.sent, min(left, CHUNK)) if left > 0 else None
        self.sent += len(piece or b"")
        return piece


async def ended(call: Any, seconds: float) -> None:
    """Wait until a call has ended, `seconds` at most."""
    over = asyncio.Event()
    call.add_done_callback(lambda _: over.set())
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await over.wait()
