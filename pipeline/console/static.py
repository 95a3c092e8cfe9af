"""The files of the console's pages."""

from __future__ import annotations

import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path

from aiohttp import hdrs, web

from pipeline.console.session import refused
from pipeline.vocabulary import Refusal

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), camera=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def protect(_: web.Request, response: web.StreamResponse) -> None:
    """Set the security headers of an answer; a policy that its handler has set stays."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")


async def index(request: web.Request) -> web.StreamResponse:
    """Answer with the page."""
    return _sent(request, FOLDER / "index.html")


async def icon(request: web.Request) -> web.StreamResponse:
    """Answer with the page's icon."""
    return _sent(request, FOLDER / "favicon.svg")


async def file(request: web.Request) -> web.StreamResponse:
    """Answer with a file of the page; raises HTTP 404 for any other path."""
    path = files().get(request.match_info["path"])
    if path is None:
        raise refused(request, HTTPStatus.NOT_FOUND, Refusal.PATH, "the console has no such file")
    return _sent(request, path)


@cache
def files() -> dict[str, Path]:
    """Return the files that are sent, by their paths in the folder: a stranger's path is looked up, never opened.

    The folder is read once; a changed file is sent as it is now, a new one needs a restart.
    """
    found = ((it.relative_to(FOLDER).as_posix(), it) for it in FOLDER.rglob("*"))
    return {name: it for name, it in found if it.suffix in TYPES and it.is_file()}


def _sent(request: web.Request, path: Path) -> web.StreamResponse:
    body = path.read_bytes()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {hdrs.ETAG: tag, hdrs.CACHE_CONTROL: "no-cache"}
    if request.headers.get(hdrs.IF_NONE_MATCH) == tag:
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return web.Response(body=body, content_type=TYPES[path.suffix], charset="utf-8", headers=headers)


def routes() -> list[web.RouteDef]:
    """Return the routes of the page's files."""
    return [web.get("/", index), web.get("/favicon.ico", icon), web.get("/static/{path:.+}", file)]
