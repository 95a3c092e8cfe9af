"""X-Twilio-Signature, which proves that a request comes from Twilio: made, and checked.

Source: https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from aiohttp import web
from multidict import MultiMapping

HEADER = "X-Twilio-Signature"
SETTINGS = "X-Twilio-Webhooks-Signature-Settings"  # of a request signed with a shared key: key=…,algorithm=…
SHA1 = "HMAC_SHA1"  # the algorithm of a request without those settings
DIGESTS = {SHA1: "sha1", "HMAC_SHA256": "sha256"}

Form = MultiMapping[str] | Mapping[str, str]


class Signature:
    """Checks the signatures of requests with the account's auth token; without a token, every request passes."""

    def __init__(self, auth_token: str) -> None:
        self._token = auth_token

    def webhook(self, request: web.Request, base_url: str, form: Form) -> bool:
        """True if the form is signed for this address, with or without its port, as Twilio does either."""
        return self._signed(request, (base_url + request.raw_path,), form)

    def upgrade(self, request: web.Request, base_url: str) -> bool:
        """True if an upgrade is signed for the `wss://` address without parameters, with or without a last slash."""
        address = stream_url(base_url) + request.raw_path
        other = address[:-1] if address.endswith("/") else address + "/"
        return self._signed(request, (address, other), {})

    def matching(self, request: web.Request, addresses: Iterable[str], form: Form) -> str | None:
        """Return the first of these addresses, with or without its port, that the request is signed for."""
        algorithm = algorithm_of(request.headers.get(SETTINGS, ""))
        if not self._token or algorithm not in DIGESTS:
            return None
        given = request.headers.get(HEADER, "").encode("utf-8", "replace")
        for each in (one for address in addresses for one in forms_of(address)):
            if hmac.compare_digest(given, sign(self._token, each, form, algorithm).encode()):
                return each
        return None

    def _signed(self, request: web.Request, addresses: tuple[str, ...], form: Form) -> bool:
        if not self._token:
            return True
        if not request.raw_path.startswith("/") or not request.raw_path.isascii():  # Twilio was given no such address
            return False
        return self.matching(request, addresses, form) is not None


def sign(token: str, url: str, form: Form, algorithm: str = SHA1) -> str:
    """Return the signature of a request: Base64 of the HMAC over its URL and its form, sorted by name and value.

    A value that a field has more than once counts once. Raises KeyError for an unknown algorithm.
    """
    signed = url + "".join(name + value for name, value in sorted(set(form.items())))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), DIGESTS[algorithm])).decode()


def algorithm_of(settings: str) -> str:
    """Return the algorithm that a header of signature settings names, in capitals; SHA1 if it names none."""
    for part in settings.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return SHA1


def stream_url(base_url: str) -> str:
    """Return an HTTP URL with the scheme `ws` or `wss` instead."""
    return base_url.replace("http", "ws", 1)


def forms_of(url: str) -> tuple[str, ...]:
    """Return a URL without and with its port, which is the scheme's standard port if it has none."""
    parts = urlsplit(url)
    host = parts.netloc.removesuffix(f":{parts.port}")
    port = parts.port or (443 if parts.scheme in ("https", "wss") else 80)
    return tuple(parts._replace(netloc=netloc).geturl() for netloc in (host, f"{host}:{port}"))
