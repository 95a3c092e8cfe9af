"""Twilio's requests to an agent, signed: the webhook of a call, reports of its stream's state, the stream's upgrade.

Source: https://www.twilio.com/docs/usage/security, https://www.twilio.com/docs/voice/twiml/stream, and the error codes
11200, 11205, 31901 and 31920.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import aiohttp
from aiohttp import ClientSession, ClientWebSocketResponse, ClientWSTimeout
from yarl import URL

from pipeline.twilio.instructions import CallError, Connect
from pipeline.twilio.signature import HEADER, sign
from pipeline.twilio.twiml import MAX_TWIML, Twiml, parse

TIMEOUT = aiohttp.ClientTimeout(total=15, sock_connect=10)  # seconds, Twilio's
CLOSING = 2.0  # seconds that the agent has to answer a close frame
MAX_MESSAGE = 16 * 1024 * 1024  # bytes; Twilio documents that audio may have any size
BROKEN = (aiohttp.ClientError, OSError, TimeoutError, ValueError)  # all errors of a missing or faulty server


class Webhooks:
    """The requests of one call; `form` has the fields of all of them, `token` is the auth token that signs them.

    `connect_to` (`127.0.0.1:8080`, or with its scheme) is the address to connect to instead of each URL's own host.
    With `public_url`, it is the address to connect to instead of that one, and URLs that are not below it are errors.
    """

    def __init__(
        self,
        http: ClientSession,
        form: dict[str, str],
        stream_sid: str,
        token: str | None,
        connect_to: str | None,
        public_url: str = "",
    ) -> None:
        self.http = http
        self.form = form
        self.stream_sid = stream_sid
        self._token = token
        self._public = URL(public_url) if public_url else None
        self._instead = URL(connect_to if "://" in connect_to else f"http://{connect_to}") if connect_to else None

    async def ask(self, url: str, **params: str) -> Twiml:
        """Post the form and return the TwiML; raises CallError if there is no valid one, Rejected if it rejects."""
        form = {**self.form, **params}
        try:
            async with self.http.post(self.dialled(url), data=form, headers=self.signed(url, form)) as response:
                body = await _body(response)
        except BROKEN as error:
            raise CallError(f"Twilio 11205: {url} could not be reached: {words(error)}") from None
        if not response.ok:
            raise CallError(f"Twilio 11200: {url} answered {response.status} {response.reason}")
        return parse(body, response.content_type, url)

    async def fetch(self, url: str) -> bytes:
        """Return the sound at a URL; raises CallError if there is none."""
        try:
            async with self.http.get(self.dialled(url), headers=self.signed(url, {})) as response:
                sound = await response.read()
        except BROKEN as error:
            raise CallError(f"Twilio 11205: {url} could not be reached: {words(error)}") from None
        if not response.ok or not response.content_type.startswith("audio/"):
            raise CallError(f"Twilio 12300: {url} answered {response.status} with {response.content_type}, no sound")
        return sound

    async def report(self, connect: Connect, event: str, error: str = "") -> None:
        """Post an event to the stream's status callback, if it has one; a failure is ignored."""
        if not connect.status:
            return
        form = {
            "AccountSid": self.form["AccountSid"],
            "CallSid": self.form["CallSid"],
            "StreamSid": self.stream_sid,
            "StreamName": connect.name or self.stream_sid,
            "StreamEvent": event,
            "StreamError": error,
            "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        with suppress(*BROKEN, CallError):
            url = connect.status
            async with self.http.post(self.dialled(url), data=form, headers=self.signed(url, form)):
                pass

    async def open(self, connect: Connect, subprotocols: tuple[str, ...] = ()) -> ClientWebSocketResponse:
        """Open the media stream's WebSocket; reports a failure to the status callback, and raises CallError."""
        try:
            return await self.http.ws_connect(
                self.dialled(connect.url),
                headers={"User-Agent": "Twilio.TmeWs/1.0", **self.signed(connect.url, {})},
                protocols=subprotocols,
                timeout=ClientWSTimeout(ws_close=CLOSING),
                max_msg_size=MAX_MESSAGE,
            )
        except aiohttp.WSServerHandshakeError as error:
            await self.report(connect, "stream-error", "31920")
            raise CallError(f"Twilio 31920: {connect.url} answered {error.status}, and opened no WebSocket") from None
        except BROKEN as error:
            await self.report(connect, "stream-error", "31901")
            raise CallError(f"Twilio 31901: {connect.url} could not be reached: {words(error)}") from None

    def signed(self, url: str, form: dict[str, str]) -> dict[str, str]:
        """Return the header with the signature of a request; none without a token."""
        return {HEADER: sign(self._token, url, form)} if self._token else {}

    def dialled(self, url: str) -> URL:
        """Return the URL to connect to for a public URL.

        Raises CallError if it is not a complete URL of `http`, `https`, `ws` or `wss`, or not below `public_url`.
        """
        try:
            public = URL(url)
            if self._public is not None and self._instead is not None:
                return _below(public, self._public, self._instead)
            if (instead := self._instead) is not None and public.host and instead.host:
                scheme = ("ws" if public.scheme.startswith("ws") else "http") + instead.scheme.removeprefix("http")
                public = public.with_scheme(scheme).with_host(instead.host).with_port(instead.port)
        except ValueError as error:
            raise CallError(f"{url} is not a URL: {error}") from None
        if public.scheme not in ("http", "https", "ws", "wss") or not public.host:
            raise CallError(f"{url} is not a URL that can be dialled: http(s)://host or ws(s)://host")
        return public


def _below(url: URL, public: URL, local: URL) -> URL:
    """Return the local URL of one that is below the public one; raises CallError for any other."""
    secure, prefix = public.scheme == "https", public.raw_path.rstrip("/")
    same = (url.scheme in (("https", "wss") if secure else ("http", "ws"))) and url.host == public.host
    if not same or url.port != public.port or not url.raw_path.startswith(f"{prefix}/"):
        raise CallError(f"the agent sends Twilio to {url}, which is not below {str(public).rstrip('/')}")
    scheme = ("ws" if url.scheme.startswith("ws") else "http") + local.scheme.removeprefix("http")
    path = local.raw_path.rstrip("/") + url.raw_path.removeprefix(prefix)
    return URL.build(
        scheme=scheme,
        host=local.host or "",
        port=local.port,
        path=path,
        query_string=url.raw_query_string,
        encoded=True,
    )


def ringing(account_sid: str, call_sid: str, caller: str, called: str) -> dict[str, str]:
    """Return the form that Twilio posts for an incoming call."""
    return {
        "CallSid": call_sid,
        "AccountSid": account_sid,
        "From": caller,
        "To": called,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
    }


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    async for piece in response.content.iter_chunked(MAX_TWIML):
        body += piece
        if len(body) > MAX_TWIML:
            break
    return body


def words(error: BaseException) -> str:
    """Return an error's text for the end of a sentence; the name of its class if it has none."""
    return "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
