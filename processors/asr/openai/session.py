"""One realtime transcription session: its opening, the sound that it is sent, the words that come back."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Protocol

from pipeline import audio
from pipeline.faults import clipped
from processors._shared.openai_address import is_here, shown
from processors._shared.openai_client import ProviderFault, require, retry_after, unreachable
from processors.asr.openai.events import Error, Event, append, clear, commit, fault, parse, session_update
from processors.asr.openai.settings import OpenAiSettings
from processors.asr.openai.turn import Turn

if TYPE_CHECKING:
    import aiohttp

CHUNK = 480  # samples of a message, 60 ms
PACE = 3  # times real time, at most: more than four lost sound without a word, as one user measured
HEARTBEAT = 20.0  # seconds between pings, which tell a dead connection between turns
ITEMS = 64  # items whose turn is known; an event of an older one comes far too late
LARGEST = 256 * 1024  # bytes of a server's message
CLOSING = 0.5  # seconds for the server's part of the closing handshake


class Owner(Protocol):
    """The listener that a session works for, as the session sees it."""

    turns: list[Turn]  # without an outcome, in their order

    def heard(self, turn: Turn) -> None:
        """Take note of a turn's new interim or final words."""

    def cleared(self, turn: Turn) -> None:
        """Take note that a dropped turn's sound is gone."""

    def doubted(self, fault: ProviderFault) -> None:
        """Take note of an error that the session survives."""


class Realtime:
    """The realtime endpoint of a server, shared by all calls; `ready_at` is the loop time before which it is full."""

    def __init__(self, settings: OpenAiSettings, language: str, http: aiohttp.ClientSession) -> None:
        self.settings = settings
        self.language = settings.language or language
        self.ready_at = 0.0
        self._http = http
        # The model stands in `session.update`: in the address it would make a conversation of the session.
        self._url = settings.base_url.rstrip("/") + "/realtime?intent=transcription"
        self._headers = {"Authorization": f"Bearer {settings.key.reveal()}"} if settings.key else {}

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """Open a session that is ready for sound. Raises ProviderFault, also for an error inside the block."""
        import aiohttp  # takes long, and `list` has no use for it

        limits: dict[str, Any] = {"heartbeat": HEARTBEAT, "max_msg_size": LARGEST}
        limits["timeout"] = aiohttp.ClientWSTimeout(ws_close=CLOSING)
        try:
            async with asyncio.timeout(limit := 2 * self.settings.connect_timeout) as opening:
                async with self._http.ws_connect(self._url, headers=self._headers, **limits) as socket:
                    await self._configure(socket)
                    opening.reschedule(None)
                    yield socket
        except TimeoutError:
            raise ProviderFault(f"no session at {shown(self.settings.base_url)} in {limit:g} s") from None
        except aiohttp.WSServerHandshakeError as error:
            wait = retry_after(error.headers or {})
            raise ProviderFault(f"{error.status} {error.message}", error.status, wait=wait) from None
        except (aiohttp.ClientError, OSError) as error:
            raise unreachable(self.settings, error) from None

    async def _configure(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        # A server lets everybody in, and tells a wrong key in its first event; so any error ends the opening.
        await socket.send_str(session_update(self.settings, self.language))
        while (event := parse(await receive(socket))).type != "session.updated":
            if event.type == "error":
                raise fault(event.error, self.settings.key)


@asynccontextmanager
async def realtime(settings: OpenAiSettings, language: str) -> AsyncIterator[Realtime]:
    """Open the endpoint for all calls. Raises KavError if the key or the model is missing."""
    from aiohttp import ClientSession

    require(settings)
    async with ClientSession(trust_env=not is_here(settings.base_url)) as http:
        yield Realtime(settings, language, http)


async def receive(socket: aiohttp.ClientWebSocketResponse) -> str | bytes:
    """Wait for the server's next message. Raises ProviderFault if the session has ended."""
    from aiohttp import WSMsgType

    message = await socket.receive()
    if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
        data: str | bytes = message.data
        return data
    reason = clipped(str(message.extra or "")) if message.type is WSMsgType.CLOSE else ""
    raise ProviderFault(f"the session was closed: {socket.close_code or ''} {reason}".rstrip(": "))


class Session:
    """Sends the turns of a listener, one after the other, and gives each its words.

    A server tells an item's name with its first words or once it is committed, and it works in order. So an unknown
    item is that of the oldest turn that it has not acknowledged yet, until it acknowledges that turn by another name.
    """

    def __init__(self, realtime: Realtime, owner: Owner) -> None:
        self.settings, self._realtime, self._owner = realtime.settings, realtime, owner
        self.more = asyncio.Event()  # set when there is sound to send
        self.opened_at: float | None = None  # loop time
        self._unacknowledged: deque[Turn] = deque()
        self._items: dict[str, Turn] = {}
        self._void = Turn(0, b"")  # of words that are no turn's
        self._resampler: audio.Resampler | None = None
        self._error: ProviderFault | None = None  # of the latest event, if that was an error

    async def run(self) -> None:
        """Work until the session ends. Raises ProviderFault, as a session does not end by itself."""
        from aiohttp import ClientError

        async with self._realtime.connect() as socket:
            self.opened_at = asyncio.get_running_loop().time()
            writer = asyncio.create_task(self._write(socket))
            try:
                while True:
                    await self._take(socket)
            finally:
                writer.cancel()
                with suppress(asyncio.CancelledError, ConnectionError, ClientError):
                    await writer

    # ---- to the server ----------------------------------------------------------------------------------------------

    async def _write(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while True:
            self.more.clear()
            while turn := next((each for each in self._owner.turns if not each.closed), None):
                count = self._count(turn)
                if count:
                    await socket.send_str(append(self._sound(turn, count)))
                    await asyncio.sleep(count / audio.RATE / PACE)
                elif turn.ended:
                    await self._close(socket, turn)
                else:
                    break
            await self.more.wait()

    def _count(self, turn: Turn) -> int:
        """Return the number of samples to send now; 0 if more have to come first, or none will."""
        left = 0 if turn.dropped else len(turn.sound) - turn.sent
        return min(left, CHUNK) if left >= CHUNK or turn.ended else 0

    def _sound(self, turn: Turn, count: int) -> bytes:
        """Return the next samples of a turn in the session's encoding."""
        if not turn.sent:
            self._unacknowledged.append(turn)
            self._resampler = audio.Resampler(audio.RATE, 24000) if self.settings.encoding == "pcm" else None
        ulaw = bytes(turn.sound[turn.sent : turn.sent + count])
        turn.sent += count
        if self._resampler is None:
            return ulaw
        return self._resampler.feed(audio.decode(ulaw), last=turn.ended and turn.sent == len(turn.sound))

    async def _close(self, socket: aiohttp.ClientWebSocketResponse, turn: Turn) -> None:
        turn.closed = True
        if not turn.dropped:
            await socket.send_str(commit(turn.event_id))
            return
        if turn.sent:
            await socket.send_str(clear(turn.event_id))
        self._owner.cleared(turn)

    # ---- from the server --------------------------------------------------------------------------------------------

    async def _take(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            data = await receive(socket)
        except ProviderFault as end:
            raise self._error or end from None  # an error right before the end is the reason of it
        try:
            event = parse(data)
        except ProviderFault as broken:
            self._owner.doubted(broken)
            return
        self._error = None
        self._told(event)

    def _told(self, event: Event) -> None:
        if event.type == "error":
            self._refused(event.error)
            return
        kind = event.type.removeprefix("conversation.item.input_audio_transcription.")
        if kind == "input_audio_buffer.committed":
            self._committed(event.item_id)
        elif kind == "input_audio_buffer.cleared" and self._unacknowledged:
            self._unacknowledged.popleft()
        elif kind in ("delta", "completed", "failed") and (turn := self._turn(event.item_id)) is not None:
            self._words(turn, kind, event)

    def _words(self, turn: Turn, kind: str, event: Event) -> None:
        if kind == "delta":
            turn.hear(event.item_id, event.delta or "")
        else:
            self._acknowledge(turn)
            if kind == "completed":
                turn.settle(event.transcript)
            else:
                turn.fail(fault(event.error, self.settings.key))
        self._owner.heard(turn)

    def _refused(self, error: Error | None) -> None:
        self._error = fault(error, self.settings.key)
        cause = error.event_id if error else None
        turn = next((each for each in self._unacknowledged if each.event_id == cause), None)
        if turn is None:
            self._owner.doubted(self._error)
            return
        self._acknowledge(turn)
        turn.fail(self._error)
        self._owner.heard(turn)

    def _turn(self, item: str) -> Turn | None:
        """Return the turn of an item; of an unknown one, the oldest turn not acknowledged that has no item yet."""
        if item not in self._items:
            known = self._items.values()
            turn = next((each for each in self._unacknowledged if each not in known), None)
            if turn is None:
                return None
            self._items[item] = turn
            if len(self._items) > ITEMS:
                del self._items[next(iter(self._items))]
        return self._items[item]

    def _committed(self, item: str) -> None:
        """Bind an item to the oldest turn that was committed, if it has no other by now.

        Words of sound that was cleared may come too late, under a name not heard before: those are nobody's.
        """
        turn = self._items.get(item) or next((each for each in self._unacknowledged if each.closed), None)
        if turn is not None:
            self._items |= {each: self._void for each, bound in self._items.items() if bound is turn}
            self._items[item] = turn
            self._acknowledge(turn)

    def _acknowledge(self, turn: Turn | None) -> None:
        if turn is not None and turn in self._unacknowledged:
            self._unacknowledged.remove(turn)
            turn.acknowledged = True
