"""The address of an OpenAI-compatible server: its faults, and the advice if nothing answers there."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

OPENAI = "https://api.openai.com/v1"
SERVERS = {  # the usual server on a port of this machine, by the documentation of each
    8000: "speaches or `vllm serve`",
    8080: "`llama-server`",
    8880: "Kokoro-FastAPI",
    11434: "`ollama serve`",
}
ENDPOINTS = ("/chat/completions", "/audio/speech", "/audio/transcriptions", "/realtime", "/models")  # Kav adds them


def address_faults(base_url: str) -> Iterable[str]:
    """Yield the reasons for which no request can be sent to this address."""
    try:
        address = urlsplit(base_url)
        _ = address.port
    except ValueError as error:  # a port out of range, or half an IPv6 address
        yield f"is no address, e.g. {OPENAI}: {error}"
        return
    if address.scheme not in ("http", "https") or not address.hostname or base_url != "".join(base_url.split()):
        yield f"is no address, e.g. {OPENAI}{_near(base_url)}"
        return
    path = address.path.rstrip("/")
    if found := next((each for each in ENDPOINTS if path.endswith(each)), None):
        yield f"ends in {found}, which is added to it: write {_root(address)}{path.removesuffix(found)}"
    elif path.endswith("/v1/v1"):
        yield f"has /v1 twice: write {_root(address)}{path.removesuffix('/v1')}"
    elif address.query or address.fragment:
        yield f"has more than a path: write {_root(address)}{path}"
    elif is_openai(base_url) and path != "/v1":
        yield f"is not where OpenAI serves: write {OPENAI}"


def address_doubts(base_url: str, has_key: bool) -> Iterable[str]:
    """Yield the reasons for which requests to this address may fail, or may be read by others."""
    if any(address_faults(base_url)):
        return
    address = urlsplit(base_url)
    if not address.path.strip("/"):
        yield f"has no path, and compatible servers mostly have /v1: {_root(address)}/v1"
    if has_key and address.scheme == "http" and not is_here(base_url):
        yield f"sends the key to {address.hostname} without encryption: use https"


def is_openai(base_url: str) -> bool:
    """True if the address is OpenAI's own."""
    return _host(base_url) == _host(OPENAI)


def is_here(base_url: str) -> bool:
    """True if the address is of this machine: localhost, or a loopback IP address."""
    host = _host(base_url)
    try:
        address = ipaddress.ip_address(host)
        return address.is_loopback or address.is_unspecified
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def unproxied(base_url: str) -> dict[str, None]:
    """Return httpx's mount for an address of this machine, to which no proxy of the environment leads; else nothing."""
    host = _host(base_url)
    return {f"all://{f'[{host}]' if ':' in host else host}": None} if is_here(base_url) else {}


def unanswered(base_url: str) -> str:
    """Return the advice for an address that refuses connections; blank unless it is of this machine."""
    if not is_here(base_url):
        return ""
    usual = SERVERS.get(urlsplit(base_url).port or 80)
    port = f"this port is mostly of {usual}; " if usual else ""
    return f"start its server ({port}docs/providers.md, On this machine)"


def shown(base_url: str) -> str:
    """Return the address without a user's name and password."""
    address = urlsplit(base_url)
    return f"{_root(address)}{address.path}"


def _host(base_url: str) -> str:
    """Return the host of an address; blank if it has none, or is no address."""
    try:
        return urlsplit(base_url).hostname or ""
    except ValueError:
        return ""


def _root(address: SplitResult) -> str:
    return f"{address.scheme}://{address.netloc.rpartition('@')[2]}"


def _near(base_url: str) -> str:
    """Return the address that was probably meant, as the end of a sentence; blank if it cannot be told."""
    text = "".join(base_url.split())
    scheme, found, rest = text.partition("://")
    if not found and "/" not in scheme.partition(":")[0] and scheme:
        return f"; did you mean http://{text}?"
    secure = {"ws": "http", "wss": "https"}.get(scheme.lower())
    if secure and rest:
        return f"; did you mean {secure}://{rest}?"
    if scheme in ("http", "https") and rest.strip("/") and text != base_url:
        return f"; did you mean {text}?"
    return ""
