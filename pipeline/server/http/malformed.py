"""Refusals of bytes that are no HTTP request, which aiohttp's parser reports to its log alone."""

from __future__ import annotations

import logging

from aiohttp.http_exceptions import HttpProcessingError

from pipeline.server.refusals import Refusals, Why
from pipeline.vocabulary import Refusal

NO_HTTP = Why(
    "it is no HTTP/1.1: TLS, HTTP/2 or a port scan",
    "have the proxy or tunnel speak plain http, version 1.1, to this port; TLS ends there; nothing, if a stranger's",
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
            self._refusals.add(f"{type(error).__name__} from {peer}", Refusal.HTTP, NO_HTTP)
        elif record.levelno >= logging.WARNING:
            logging.getLogger(self.name).handle(record)
