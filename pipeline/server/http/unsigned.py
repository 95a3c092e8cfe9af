"""The diagnosis of a request whose signature is missing or wrong: the address that it was signed for, if it is found.

The address is tried with another scheme, host, port, prefix or path: as proxies change them, and as they are mistyped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain, islice, product
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from aiohttp import web
from multidict import MultiMapping

from pipeline.installation import command
from pipeline.server.address import is_loopback
from pipeline.server.options import SettingError, public_url
from pipeline.server.refusals import Why, address, clipped
from pipeline.server.switchboard import Switchboard
from pipeline.twilio.signature import HEADER, stream_url

TRIED = 600  # addresses at most: some 10 ms, once a minute
BIG = 8192  # characters of a form, from which on no other address is tried
PORTS = ("", "8443", "8080", "8000", "3000")

Form = MultiMapping[str] | Mapping[str, Any]


def kind(request: web.Request) -> str:
    """Return the kind of refusal, for its throttling: unsigned requests must not hide those with a wrong signature."""
    return "wrong" if HEADER in request.headers else "missing"


def why(board: Switchboard, request: web.Request, form: Form, upgrade: bool = False) -> Why:
    """Return the cause of a missing or wrong signature, and advice on it."""
    base = stream_url(board.base_url) if upgrade else board.base_url
    expected = base + request.raw_path
    if HEADER not in request.headers:
        return Why(
            f"it has no {HEADER} header, so it is not from Twilio, or a proxy drops the header; signatures are checked "
            f"for {address(expected)}",
            f"let the proxy pass the header on; to test by hand, `{command('go URL')}` signs with TWILIO_AUTH_TOKEN",
        )
    small = sum(map(len, form.values())) < BIG
    tried = islice(chain(_rewritten(board, request, base), _variants(board, request, base)), TRIED) if small else ()
    if (found := board.signature.matching(request, tried, form)) is not None:
        return _matched(board, found, expected, request.raw_path)
    if form and board.signature.matching(request, (expected,), {}) is not None:
        return Why(
            f"it matches {address(expected)} without the form: the form was changed on its way",
            "have the proxy pass the body on unchanged, and set the webhook to HTTP POST in the Twilio console",
        )
    return Why(
        f"it has another signature than that for {address(expected)}, and matches no variant of this address",
        f"TWILIO_AUTH_TOKEN has to be the primary auth token of the very account that owns the number{_account(form)}; "
        f"PUBLIC_BASE_URL ({board.base_url}) has to be what the URLs given to Twilio begin with: scheme, host, port, "
        "path prefix, no trailing slash; and no proxy may change the path, the query or the form",
    )


def _account(form: Form) -> str:
    sid = str(form.get("AccountSid", ""))
    return f" (a subaccount has its own; this request's is {clipped(sid[:10])}…)" if sid else ""


def _matched(board: Switchboard, found: str, expected: str, raw_path: str) -> Why:
    cause = f"it matches {address(found)}, and signatures are checked for {address(expected)}"
    scheme = found.partition("://")[0].replace("ws", "http")
    base = f"{scheme}://{found.partition('://')[2]}".removesuffix(raw_path)
    if is_loopback(urlsplit(base).hostname or "") and not is_loopback(urlsplit(board.base_url).hostname or ""):
        signing = command(f"go URL --public-url {board.base_url}")
        return Why(f"{cause}: a test of this machine", f"sign for the public address: `{signing}`")
    if not found.endswith(raw_path) or base.endswith("/"):
        return Why(
            f"{cause}: its path or query is not the one that Twilio was given",
            f"have the proxy pass the path on unchanged, or give Twilio the URL {address(_http(expected))}",
        )
    try:
        return Why(cause, f"set PUBLIC_BASE_URL to {address(public_url(base))}")
    except SettingError:
        return Why(cause, f"give Twilio the URL {address(_http(expected))}: it has to be https")


def _http(url: str) -> str:
    return url.replace("ws", "http", 1) if url.startswith("ws") else url


def _rewritten(board: Switchboard, request: web.Request, base: str) -> Iterator[str]:
    """Yield addresses whose query or double slash a proxy may have removed."""
    yield f"{base}/{request.raw_path}"
    if "?" not in request.raw_path:
        yield from (f"{base}{request.raw_path}?agent={quote(each.config.name, safe='')}" for each in board.agents)


def _variants(board: Switchboard, request: web.Request, base: str) -> Iterator[str]:
    """Yield addresses that the request may have been signed for, the likely ones first."""
    secure = ("wss", "ws") if base.startswith("ws") else ("https", "http")
    ports = (*PORTS, request.headers.get("X-Forwarded-Port", ""), str(board.options.port))
    prefixes = dict.fromkeys((urlsplit(base).path, "", request.headers.get("X-Forwarded-Prefix", "").rstrip("/")))
    whole = product(_paths(request.raw_path), prefixes, dict.fromkeys(ports), _hosts(request, base), secure)
    seen = set()
    for path, prefix, port, host, scheme in whole:
        netloc = f"{host.rpartition(':')[0] if _has_port(host) else host}:{port}" if port else host
        url = f"{scheme}://{netloc}{prefix}{path}"
        with suppress(ValueError):  # a stranger's host or port that is none
            _ = urlsplit(url).port
            if url.isascii() and url not in seen:
                seen.add(url)
                yield url


def _hosts(request: web.Request, base: str) -> list[str]:
    ours = urlsplit(base).netloc
    names = [ours, ours.lower(), ours.removeprefix("www.") if ours.startswith("www.") else f"www.{ours}"]
    for header in ("X-Forwarded-Host", "X-Original-Host", "Host"):
        names += [it.strip() for it in request.headers.get(header, "").split(",")[:2]]
    for part in request.headers.get("Forwarded", "").replace(",", ";").split(";"):
        if part.strip().lower().startswith("host="):
            names.append(part.strip()[5:].strip('"'))
    return list(dict.fromkeys(it for it in names if it))


def _paths(raw_path: str) -> list[str]:
    path, mark, query = raw_path.partition("?")
    other = path[:-1] if path.endswith("/") else path + "/"
    return list(dict.fromkeys((raw_path, other + mark + query, path, other, unquote(raw_path))))


def _has_port(host: str) -> bool:
    return host.rpartition(":")[2].isdigit() and not host.endswith("]")
