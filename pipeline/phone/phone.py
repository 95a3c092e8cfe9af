"""The phone: a simulated Twilio that dials an agent over the network and performs a caller's script.

It requests the webhook, opens the media stream with Twilio's headers and signature, keeps Twilio's pace and buffer, and
reports Twilio's warnings and errors.
Source: https://www.twilio.com/docs/voice/media-streams, and the error codes 31903 and 31924.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from aiohttp import ClientSession, ClientWebSocketResponse
from yarl import URL

from pipeline.phone.caller import Tell
from pipeline.phone.person import Person
from pipeline.phone.result import CallResult, measured
from pipeline.phone.script import Script, Voice, prepare
from pipeline.phone.stream import MediaStream
from pipeline.phone.talk import Talk
from pipeline.phone.webhooks import CLOSING, TIMEOUT, Webhooks, ringing
from pipeline.twilio.instructions import CallError, Connect, Dial, Hangup
from pipeline.twilio.messages import SUBPROTOCOL
from pipeline.twilio.twiml import Rejected, Twiml
from pipeline.vocabulary import HandoverOutcome

__all__ = ["CallError", "CallResult", "Phone", "place_call"]

WEBHOOK = "/webhook/incoming_call"


async def place_call(
    url: str,
    script: Script,
    *,
    token: str | None = None,
    account: str | None = None,
    connect_to: str | None = None,
    public_url: str = "",
    caller: str = "+972500000001",
    called: str = "+97230000001",
    limit: float = 120,
    on_event: Tell | None = None,
    voice: Voice | None = None,
    subprotocol: bool = False,
) -> CallResult:
    """Dial an agent, perform a script, and return the result; a call that fails has an `error` in its result.

    `url` is a webhook, the base URL of one, or a media socket (`ws://`, `wss://`). `token` is the auth token that signs
    the requests, `account` the AccountSid in them (default: a random one). `connect_to` (`127.0.0.1:8080`, or with
    `http://` or `https://`) is the address to connect to instead of the public hosts in `url` and in the TwiML. With
    `public_url`, the base URL that Twilio has for the agent at `url`, requests are signed for that one and sent to
    `url`, and so is the stream, whose address has to be below it. `limit` is in seconds, for the whole call. `on_event`
    gets the call's events. `voice` speaks the texts of `say`. `subprotocol` offers `audio.twilio.com`, as Twilio does
    not.

    Raises ConfigError if the script needs a voice and there is none, or has a WAV file that cannot be read.
    """
    account_sid, call_sid, stream_sid = account or _sid("AC"), _sid("CA"), _sid("MZ")
    actions = prepare(script, voice)
    stream = MediaStream(actions, call_sid=call_sid, stream_sid=stream_sid, account_sid=account_sid, tell=on_event)
    if public_url:
        url, connect_to, public_url = _both(url, public_url)
    async with ClientSession(timeout=TIMEOUT, skip_auto_headers=("Accept", "Accept-Encoding")) as http:
        form = ringing(account_sid, call_sid, caller, called)
        webhooks = Webhooks(http, form, stream_sid, token, connect_to, public_url)
        return await Phone(stream, webhooks, limit, on_event, subprotocol).call(url)


def _sid(kind: str) -> str:
    """Return a random sid of Twilio's of this kind: `CA` and 32 hex digits for a call."""
    return kind + uuid4().hex


def _both(url: str, public_url: str) -> tuple[str, str, str]:
    """Return the public URL of a local one, and the local and the public base URL.

    A URL is a base URL, or one with the webhook's path, or a media socket. The query (`?agent=…`) is that of either.
    """
    (local, path, query), (public, wanted, asked) = _split(url), _split(public_url)
    if url.startswith(("ws://", "wss://")):
        socket = URL(url)
        return public.replace("http", "ws", 1) + socket.raw_path, str(socket.origin()).replace("ws", "http", 1), public
    query = asked or query
    return public + (wanted or path or WEBHOOK) + (f"?{query}" if query else ""), local, public


def _split(url: str) -> tuple[str, str, str]:
    """Return the base of a URL, the webhook's path if it has it, and its query."""
    whole, _, query = url.partition("?")
    base, found, rest = whole.partition(WEBHOOK)
    return base.rstrip("/"), found + rest, query


class Phone:
    """The course of one call over the network; `limit`, in seconds, counts from its creation. Needs a running loop.

    `streams` are its media streams so far: one, and another for each return from a transfer.
    """

    def __init__(
        self, stream: MediaStream, webhooks: Webhooks, limit: float, tell: Tell | None = None, subprotocol: bool = False
    ) -> None:
        self.streams = [stream]
        self.webhooks = webhooks
        self.limit = limit
        self.subprotocols = (SUBPROTOCOL,) if subprotocol else ()
        self.verbs: tuple[str, ...] = ()
        self.ended_by = "caller"
        self.error: str | None = None
        self.close_code: int | None = None
        self.agreed: str | None = None  # the subprotocol
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + limit
        self._opened = False
        self._transferred = 0

    @property
    def stream(self) -> MediaStream:
        """The present stream."""
        return self.streams[-1]

    async def call(self, url: str) -> CallResult:
        """Request the TwiML, obey it until one side hangs up or the limit is over, and return the result."""
        try:
            twiml: Twiml | None = await self._ring(url)
            while twiml is not None:
                twiml = await self._obey(twiml)
            if sum(each.caller.transfer is not None for each in self.streams) > self._transferred:
                self._end(self.ended_by, "the agent hung up, and did not transfer the call")
        except Rejected as rejected:
            self._end("rejected", str(rejected))
        except CallError as error:
            self._end("error", str(error))
        except TimeoutError:
            self._end("limit", f"the call was not answered within {self.limit:g} s")
        known = {name: getattr(self, name) for name in ("error", "ended_by", "close_code", "verbs")}
        return measured(self.streams, subprotocol=self.agreed, **known)

    async def _ring(self, url: str) -> Twiml:
        if url.startswith(("ws://", "wss://")):
            return Twiml((), (Connect(url),))
        if self.webhooks.dialled(url).path == "/":
            url = str(URL(url).with_path(WEBHOOK, keep_query=True))
        async with asyncio.timeout_at(self._deadline):
            twiml = await self._ask(url)
        if not twiml.has_stream:
            raise CallError(f"the TwiML opens no stream: its verbs are {', '.join(twiml.verbs) or 'none'}")
        return twiml

    async def _ask(self, url: str, **fields: str) -> Twiml:
        twiml = await self.webhooks.ask(url, **fields)
        self.verbs += twiml.verbs
        self._event("twiml", verbs=twiml.verbs)
        return twiml

    async def _obey(self, twiml: Twiml) -> Twiml | None:
        """Obey a document, and return the next one; None once the call is over."""
        for each in twiml.instructions:
            if isinstance(each, Connect):
                await self._connect(each)
                following = await self._after(each)
                if self.ended_by != "agent" or following is not None:
                    return following
            elif isinstance(each, Dial):
                return await self._dial(each)
            elif isinstance(each, Hangup):
                return None
        return None

    async def _connect(self, connect: Connect) -> None:
        if self._opened:
            was = self.stream
            sids: dict[str, Any] = {"call_sid": was.call_sid, "account_sid": was.account_sid, "stream_sid": _sid("MZ")}
            self.streams.append(MediaStream(was.caller.rest, **sids, tell=self._tell))
            self.webhooks.stream_sid, self.ended_by = self.stream.stream_sid, "caller"
        self._opened = True
        self.stream.parameters = connect.parameters
        async with asyncio.timeout_at(self._deadline):
            ws = await self.webhooks.open(connect, self.subprotocols)
        self.agreed = ws.protocol
        async with ws:
            await self._talk(connect, ws)

    async def _dial(self, dial: Dial) -> Twiml | None:
        """Ring a person for the caller, and return the TwiML of the `action`; None if the call ends with it."""
        self._transferred += 1
        person = Person(self.webhooks, dial, self.stream.caller.transfer, self._event)
        async with asyncio.timeout_at(self._deadline):
            fields = await person.rung()
            twiml = await self._ask(dial.action, **fields) if dial.action else None
        if person.outcome is HandoverOutcome.CANCELED:
            self.ended_by = "caller"
            return None
        return twiml

    async def _talk(self, connect: Connect, ws: ClientWebSocketResponse) -> None:
        talk = Talk(self.stream, ws, self._end)
        async with asyncio.TaskGroup() as tasks:
            report = tasks.create_task(self.webhooks.report(connect, "stream-started"))
            tasks.create_task(talk.listen())
            try:
                async with asyncio.timeout_at(self._deadline):
                    await talk.speak()
            except TimeoutError:
                self._end("limit", f"the call took longer than {self.limit:g} s")
            await talk.hang_up()
            report.cancel()
        self.close_code = talk.close_code

    async def _after(self, connect: Connect) -> Twiml | None:
        """Report the end of the stream and request the TwiML's `action`, as Twilio does; raises CallError.

        Return the TwiML, unless the caller has hung up.
        """
        is_alive = self.ended_by == "agent"
        try:
            async with asyncio.timeout_at(max(self._deadline, self._loop.time() + CLOSING)):
                await self.webhooks.report(connect, "stream-stopped")
                if not connect.action:
                    return None
                following = await self._ask(connect.action, CallStatus="in-progress" if is_alive else "completed")
        except TimeoutError:
            raise CallError(f"Twilio 11205: {connect.action or connect.status} did not answer in time") from None
        return following if is_alive else None

    def _end(self, by: str, error: str | None = None) -> None:
        self.ended_by = by
        self.error = self.error or error

    def _event(self, what: str, **particulars: Any) -> None:
        if self._tell is not None:
            self._tell(self._loop.time(), what, particulars)
