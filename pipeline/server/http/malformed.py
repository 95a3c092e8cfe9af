"""Refusals of bytes that are no valid HTTP request, which aiohttp's parser reports to its log alone."""

from __future__ import annotations

import logging

from aiohttp.client_exceptions import ClientPayloadError
from aiohttp.http_exceptions import BadHttpMethod, BadStatusLine, HttpProcessingError, LineTooLong
from aiohttp.web_protocol import RequestPayloadError

from pipeline.server.refusals import Refusals, Why, clipped
from pipeline.vocabulary import Refusal

NO_HTTP = Why(
    "it is no HTTP/1.1: TLS, HTTP/2 or a port scan",
    "have the proxy or tunnel speak plain http, version 1.1, to this port; TLS ends there; nothing, if a stranger's",
)
TOO_LONG = Why(
    "its request line or a header is over 8 KiB, or it has too many headers",
    "have the proxy send fewer and shorter headers, without cookies; nothing, if a stranger's",
    "long",
)
BROKEN = (RequestPayloadError, ClientPayloadError, HttpProcessingError, ConnectionError)
"""The errors of a body that breaks off, or cannot be decoded."""

NO_HTTP_TEXTS = ("Pause on PRI", "Received HTTPS", "Bad status line", "Invalid HTTP version")  # of aiohttp's parser


def why(error: HttpProcessingError) -> Why:
    """Return the cause of an error of the parser."""
    text = error.message.strip().partition("\n")[0].rstrip(":")
    if isinstance(error, BadHttpMethod | BadStatusLine) or text.startswith(NO_HTTP_TEXTS):
        return NO_HTTP
    if isinstance(error, LineTooLong) or text.startswith("Too many headers"):
        return TOO_LONG
    return Why(
        f"its path, a header or its body is malformed ({clipped(text)})",
        "nothing, if a stranger's; a proxy has to send plain ASCII characters, one Host, and one length or chunks",
        "malformed",
    )


class ParserLog(logging.Logger):
    """The logger of aiohttp's connections: it turns errors of the parser into refusals, and passes on all else."""

    def __init__(self, refusals: Refusals) -> None:
        super().__init__("aiohttp.server", logging.DEBUG)  # TLS is reported at DEBUG
        self._refusals = refusals

    def handle(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            peer = record.args[0] if isinstance(record.args, tuple) and record.args else "a peer that has gone"
            self._refusals.add(f"{type(error).__name__} from {peer}", Refusal.HTTP, why(error))
        elif record.levelno >= logging.WARNING:
            logging.getLogger(self.name).handle(record)
