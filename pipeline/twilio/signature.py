"""X-Twilio-Signature: whether a request comes from Twilio.

Source: https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from multidict import MultiMapping
from twilio.request_validator import RequestValidator, get_signature_algorithm

HEADER = "X-Twilio-Signature"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"


class Signature:
    """Checks requests against the account's auth token; without a token, nothing is asked for."""

    def __init__(self, auth_token: str) -> None:
        self._validator = RequestValidator(auth_token) if auth_token else None

    def webhook(self, request: web.Request, base_url: str, form: MultiMapping[str]) -> bool:
        """Whether a form was signed for this address; Twilio signs with or without the port."""
        return self._signed(request, (base_url + request.raw_path,), form)

    def upgrade(self, request: web.Request, base_url: str) -> bool:
        """Whether an upgrade was signed: over the `wss://` address, with no parameters, the last slash as it may be."""
        address = stream_url(base_url) + request.raw_path
        other = address[:-1] if address.endswith("/") else address + "/"
        return self._signed(request, (address, other), {})

    def _signed(
        self, request: web.Request, addresses: tuple[str, ...], form: MultiMapping[str] | Mapping[str, Any]
    ) -> bool:
        if self._validator is None:
            return True
        if not request.raw_path.startswith("/") or not request.raw_path.isascii():  # no address that Twilio was given
            return False
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        algorithm = get_signature_algorithm(request.headers.get(SETTINGS, ""))
        try:
            forms = [one for address in addresses for one in forms_of(address)]
            wanted = [self._validator.compute_signature(it, form, algorithm).encode() for it in forms]
        except ValueError:  # an algorithm that nobody knows
            return False
        return any(hmac.compare_digest(given, it) for it in wanted)


def stream_url(base_url: str) -> str:
    """The WebSocket form of an HTTP address."""
    return base_url.replace("http", "ws", 1)


def forms_of(url: str) -> tuple[str, ...]:
    """An address with and without its port, the standard one if it names none."""
    parts = urlsplit(url)
    host = parts.netloc.removesuffix(f":{parts.port}")
    port = parts.port or (443 if parts.scheme in ("https", "wss") else 80)
    return tuple(parts._replace(netloc=netloc).geturl() for netloc in (host, f"{host}:{port}"))
