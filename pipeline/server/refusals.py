"""Refusals of requests and streams: each is counted, and logged with its cause and advice, once a minute for each kind.

A response tells a stranger nothing of that. A line has no secret in it, and a stranger's text clipped and escaped.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from aiohttp import web
from loguru import logger

from pipeline.installation import command
from pipeline.log.throttle import Throttle
from pipeline.vocabulary import Refusal

SID = 10  # characters of an AccountSid that are logged
CLIPPED = 120  # characters of a stranger's text that are logged

_TOKEN = re.compile(r"(?<=/twilio-media/)[^/?]+|(?<=/)[\w-]{20,}")  # the token of a stream's address
_SECRET = re.compile(r"(?i)([?&;][^=&;]*(?:token|key|secret|password|auth|sig)[^=&;]*=)[^&;]+")


class Why(NamedTuple):
    """The likely cause of a refusal, and advice on it; `kind` tells apart the causes that share a reason."""

    cause: str
    do: str
    kind: str = ""
    once: bool = False  # said once, not once a minute


WHYS: Mapping[Refusal, Why] = {
    Refusal.ORIGIN: Why(
        "it has an Origin header, which browsers send and Twilio never does: a web page tried to reach the agent",
        "nothing, if that was an attempt from outside; a proxy in front of the server must not add the header",
    ),
    Refusal.CALL_SID: Why(
        "it has no CallSid, or no StreamSid, of Twilio's form",
        f"let Twilio call: `{command('go URL')}` places a call as Twilio does",
    ),
    Refusal.BODY: Why(
        "its body is no form in ASCII, is cut, is over 64 KiB, or has over 200 fields",
        "have the proxy pass Twilio's body on unchanged",
    ),
    Refusal.SLOW_BODY: Why(
        "its body did not come within 5 seconds",
        "look at the network, and at what the proxy does with a body: it has to pass on all of it",
    ),
    Refusal.SLOW_HEAD: Why(
        "its request line and headers did not come within 5 seconds of connecting",
        "nothing, if a stranger connected; a proxy or a monitor has to send its request at once",
    ),
    Refusal.UNREAD: Why(
        "it did not read its answer",
        "nothing, if a stranger connected; look at the network, and at the proxy",
    ),
    Refusal.CROWDED: Why(
        "too many connections are open without a request, and the oldest has to go",
        "look for strangers that connect; raise KAV_CONNECTIONS_PER_ADDRESS if a proxy keeps so many; have the proxy "
        "bound the connections of each client",
    ),
    Refusal.DESCRIPTORS: Why(
        "few file descriptors are left, and calls need them",
        "raise the limit of open files (`ulimit -n`, or LimitNOFILE in systemd), or lower `server.max_calls`",
    ),
    Refusal.FORGER: Why(
        "its address has sent many requests with a missing or wrong signature, so each is answered late",
        "block the address in the firewall or the proxy, if they are a stranger's; if all are Twilio's, correct what "
        "the lines with `REFUSED signature` say",
    ),
    Refusal.CONTENT_TYPE: Why(
        "its body is not application/x-www-form-urlencoded, as Twilio's is",
        "have the proxy pass Twilio's body and its Content-Type on unchanged; a test by hand posts a form, too",
    ),
    Refusal.AGENT: Why(
        "no agent has the name that it asks for by `agent`",
        "correct `?agent=NAME` in the webhook's URL in the Twilio console, or serve that config, too",
    ),
    Refusal.FULL: Why(
        "no slot is free: as many calls as `server.max_calls` allows are running or have rung",
        "raise `server.max_calls`, or use more cores with `serve --workers`",
    ),
    Refusal.MEMORY: Why(
        "the server has over four fifths of `server.max_memory` in use, and the calls under way need the rest",
        "look for a step that keeps memory (`process_resident_memory_bytes`); raise `server.max_memory`; with `serve "
        "--workers` a process that keeps it is replaced once its calls have ended",
    ),
    Refusal.CALLER: Why(
        "its number has as many calls at a time as `server.per_caller` allows",
        "nothing, if one number floods the line; raise `server.per_caller` for callers behind one number",
    ),
    Refusal.CALLER_HOUR: Why(
        "its number has called as often in the last hour as `server.per_caller_hour` allows",
        "nothing, if one number floods the line; raise `server.per_caller_hour` for callers behind one number",
    ),
    Refusal.CALL_TIME: Why(
        "the calls of the last hour took as long as `server.call_time_per_hour` allows, so that no more is spent",
        "look at who calls (`calls`); raise `server.call_time_per_hour` if these are your callers",
    ),
    Refusal.DRAINING: Why(
        "the server is stopping, or has no worker process that takes calls",
        "wait for the restart; lines with STOPPING or WORKER say more",
    ),
    Refusal.UNSTARTED: Why(
        "too many open streams have not sent `start`, or no worker process can take this one",
        "look for lines with NO_START or WORKER; Twilio sends `start` at once, so strangers may be connecting",
    ),
    Refusal.NO_START: Why(
        "the stream opened, and its `start` message did not come within 5 seconds",
        "nothing, if a stranger connected; a proxy has to pass WebSocket messages on at once, without buffering",
    ),
    Refusal.EARLY_MEDIA: Why(
        "the stream sent sound and no `start`",
        "nothing, if a stranger connected: Twilio begins with `connected` and `start`",
    ),
    Refusal.SECRET: Why(
        "the `start` message has not the call's own CallSid and <Parameter>s",
        "let the TwiML of the webhook reach Twilio unchanged, its <Parameter>s included",
    ),
    Refusal.TAKEN: Why(
        "the call has a stream that lives",
        "let the TwiML open one <Stream> only",
    ),
    Refusal.MEDIA_FORMAT: Why(
        "the stream is not mu-law at 8000 Hz, mono, which is all that Twilio sends",
        "nothing, if a stranger connected",
    ),
    Refusal.SUBPROTOCOL: Why(
        "it offers other subprotocols than audio.twilio.com in Sec-WebSocket-Protocol, so the stream opens without one",
        "offer audio.twilio.com or none, as Twilio does; a client that insists on its own will close",
    ),
}  # fmt: skip
OTHER = Why("the peer broke Twilio's protocol", "nothing, if a stranger connected")


def other_account(given: str, ours: str, kind: str = "") -> Why:
    """Return the cause of a refusal for this AccountSid, which is not ours."""
    return Why(
        f"its AccountSid is {clipped(given[:SID]) or 'missing'}…, and TWILIO_ACCOUNT_SID is {ours[:SID]}…",
        "set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to those of the account, or subaccount, that owns the number",
        kind,
    )


class Refusals:
    """Counts the refusals of one server by `count`, and logs them. Needs a running loop."""

    def __init__(self, count: Callable[[Refusal], None]) -> None:
        self._count = count
        self._throttle = Throttle(asyncio.get_running_loop())

    def add(
        self, peer: web.BaseRequest | str, reason: Refusal, why: Why | Callable[[], Why] | None = None, kind: str = ""
    ) -> None:
        """Count a refused request or stream, and log it with its cause.

        A cause that takes long to find is a function, called only for a line that is written; `kind` is its kind.
        """
        self._count(reason)
        found = why or WHYS.get(reason, OTHER)

        def write(more: int) -> None:
            told = found if isinstance(found, Why) else found()
            words = peer if isinstance(peer, str) else described(peer)
            again = f" ({more} more like it in the last minute)" if more else ""
            logger.warning("REFUSED {}: {}: {}; do: {}{}", reason, words, told.cause, told.do, again)

        kind, once = (found.kind, found.once) if isinstance(found, Why) else (kind, False)
        self._throttle.put((reason, kind), write, once=once)

    def close(self) -> None:
        """Log what is held back."""
        self._throttle.close()


def described(request: web.BaseRequest) -> str:
    """Return a request's method, path, address and user agent in words, for a log line."""
    words = f"{clipped(request.method)} {address(request.raw_path)} from {request.remote or 'a peer that has gone'}"
    if forwarded := request.headers.get("X-Forwarded-For"):
        words += f" for {clipped(forwarded)}"
    agent = request.headers.get("User-Agent")
    return f"{words} ({clipped(agent)})" if agent else words


def address(url: str) -> str:
    """Return a URL or path for a log line, the token of a stream and secrets in its query replaced by an ellipsis."""
    return clipped(_SECRET.sub(r"\1…", _TOKEN.sub("…", url[: 2 * CLIPPED])), keep="…")


def clipped(text: str, keep: str = "") -> str:
    """Return the first 120 characters of a stranger's text, with all but printable ASCII escaped."""
    safe = "".join(it if it in keep or " " <= it <= "~" else ascii(it)[1:-1] for it in text[:CLIPPED])
    return f"{safe}…" if len(text) > CLIPPED else safe
