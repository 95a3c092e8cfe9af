"""The check of X-Twilio-Signature, which proves that a request comes from Twilio.

Source: https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from multidict import MultiMapping
from twilio.request_validator import RequestValidator, get_signature_algorithm

HEADER = "X-Twilio-Signature"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"

Form = MultiMapping[str] | Mapping[str, Any]


class Signature:
    """Checks the signatures of requests with the account's auth token; without a token, every request passes."""

    def __init__(self, auth_token: str) -> None:
        self._validator = RequestValidator(auth_token) if auth_token else None

    def webhook(self, request: web.Request, base_url: str, form: MultiMapping[str]) -> bool:
        """True if the form is signed for this address, with or without its port, as Twilio does either."""
        return self._signed(request, (base_url + request.raw_path,), form)

    def upgrade(self, request: web.Request, base_url: str) -> bool:
        """True if an upgrade is signed for the `wss://` address without parameters, with or without a last slash."""
        address = stream_url(base_url) + request.raw_path
        other = address[:-1] if address.endswith("/") else address + "/"
        return self._signed(request, (address, other), {})

    def matching(self, request: web.Request, addresses: Iterable[str], form: Form) -> str | None:
        """Return the first of these addresses, with or without its port, that the request is signed for."""
        if self._validator is None:
            return None
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        algorithm = get_signature_algorithm(request.headers.get(SETTINGS, ""))
        try:
            for each in (one for address in addresses for one in forms_of(address)):
                wanted = self._validator.compute_signature(each, form, algorithm).encode()
                if hmac.compare_digest(given, wanted):
                    return each
        except ValueError:  # an unknown algorithm
            return None
        return None

    def _signed(self, request: web.Request, addresses: tuple[str, ...], form: Form) -> bool:
        if self._validator is None:
            return True
        if not request.raw_path.startswith("/") or not request.raw_path.isascii():  # Twilio was given no such address
            return False
        return self.matching(request, addresses, form) is not None


def stream_url(base_url: str) -> str:
    """Return an HTTP URL with the scheme `ws` or `wss` instead."""
    return base_url.replace("http", "ws", 1)


def forms_of(url: str) -> tuple[str, ...]:
    """Return a URL without and with its port, which is the scheme's standard port if it has none."""
    parts = urlsplit(url)
    host = parts.netloc.removesuffix(f":{parts.port}")
    port = parts.port or (443 if parts.scheme in ("https", "wss") else 80)
    return tuple(parts._replace(netloc=netloc).geturl() for netloc in (host, f"{host}:{port}"))
