"""The reports of calls that were kept, as pages, and their sound."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import msgspec
from aiohttp import web

from pipeline.console.session import Told
from pipeline.faults import KavError, printable
from pipeline.records.days import record_of
from pipeline.records.files import AUDIO, About, read_about
from pipeline.records.listing import listed
from pipeline.records.words import are_logged, without_words
from pipeline.server.switchboard import Switchboard
from pipeline.tools.report.markup import text
from pipeline.tools.report.page import Page, page
from pipeline.tools.report.record import read

GONE = "No record of this call is kept: it has expired or was forgotten, or its config has no `record.folder`."
UNSOUND = "The record of this call has no sound."
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class Reports:
    """The pages and the sound of the records in the folders of a server's agents."""

    def __init__(self, board: Switchboard) -> None:
        self.board = board

    async def page(self, request: web.Request) -> web.Response:
        """Answer with the report of a call; of a broken record, with its problem first."""
        folder = await self._folder(request)
        try:
            made = await asyncio.to_thread(self._page, folder, "anyway" in request.query)
        except KavError as error:
            raise _refused(
                request, HTTPStatus.UNPROCESSABLE_ENTITY, f"The record of this call is broken: {error}"
            ) from None
        except OSError:  # it went while it was read
            raise _refused(request, HTTPStatus.NOT_FOUND, GONE) from None
        return web.Response(text=made.html, content_type="text/html", headers={"Content-Security-Policy": made.policy})

    async def sound(self, request: web.Request) -> web.StreamResponse:
        """Answer with the sound of a call, or with a range of it."""
        folder = await self._folder(request)
        if (folder / AUDIO).is_file():
            return web.FileResponse(folder / AUDIO, headers={"Content-Type": "audio/wav", "Cache-Control": "no-cache"})
        try:
            record = await asyncio.to_thread(read, folder)
        except KavError as error:
            raise _refused(request, HTTPStatus.UNPROCESSABLE_ENTITY, f"The sound cannot be read: {error}") from None
        if not record.caller:
            raise _refused(request, HTTPStatus.NOT_FOUND, UNSOUND)
        return _part(request, record.wav)

    async def _folder(self, request: web.Request) -> Path:
        """Return the folder of the call that a request names. Raises an HTTP error if there is none."""
        found = await asyncio.to_thread(self._find, request.match_info["sid"])
        if found is None:
            raise _refused(request, HTTPStatus.NOT_FOUND, GONE)
        return found

    def _find(self, call_sid: str) -> Path | None:
        folders = {agent.config.record.folder for agent in self.board.agents} - {""}
        found = (record_of(Path(folder), call_sid) for folder in folders)
        return max(filter(None, found), key=lambda it: it.parent.name, default=None)

    def _page(self, folder: Path, anyway: bool) -> Page:
        """Return the report's page; blocks. Raises KavError if the record is broken, unless it is read `anyway`."""
        if not anyway and (problem := listed(folder).problem):
            raise KavError(problem)
        record = read(folder)
        about = _about(folder)
        if not are_logged(folder, about) or about.config in unshown(self.board):
            record = msgspec.structs.replace(record, events=[without_words(it) for it in record.events])
        now = config_now(self.board, about)
        return page(record, sound_url=f"/reports/{folder.name}/audio.wav", config_now=now)


def config_now(board: Switchboard, about: About) -> str:
    """Return a sentence that compares a call's config with that of the agent of the same name now; blank without one.

    The hash that the server knows is asked, as it takes no time and runs no code of the record.
    """
    now = next((agent.config.hash for agent in board.agents if agent.config.name == about.config), "")
    if not now or not about.hash:
        return ""
    return "the same now" if now == about.hash else f"now {now}"


class Refusal(web.HTTPException):
    """An error answer that is a page."""

    def __init__(self, status: HTTPStatus, html: str) -> None:
        self.status_code = status
        super().__init__(text=html, content_type="text/html", headers={"Content-Security-Policy": POLICY})


def unshown(board: Switchboard) -> frozenset[str]:
    """Return the names of the agents of which the console shows no words: their config has `log_words: false`."""
    return frozenset(agent.config.name for agent in board.agents if not agent.config.log_words)


def _about(folder: Path) -> About:
    with suppress(OSError, ValueError, msgspec.MsgspecError):
        return read_about(folder)
    return About(call_sid=folder.name, began="")


def _refused(request: web.Request, status: HTTPStatus, error: str) -> web.HTTPException:
    """Return an HTTP error, as a page for a person who opened the address, else as JSON."""
    if "text/html" not in request.headers.get("Accept", ""):
        return Told(status, printable(error))
    again = '<p><a href="?anyway=1">Show what can be read.</a></p>' if status is HTTPStatus.UNPROCESSABLE_ENTITY else ""
    body = f'<p>{text(printable(error))}</p>{again}<p><a href="/#/past">All past calls</a></p>'
    head = '<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>'
    html = f'<!DOCTYPE html>\n<html lang="en"><head>{head}<title>No report</title></head><body>{body}</body></html>\n'
    return Refusal(status, html)


def _part(request: web.Request, content: bytes) -> web.Response:
    """Return a response with the part of a sound that a request's `Range` asks for, or with all of it."""
    size, headers = len(content), {"Accept-Ranges": "bytes", "Cache-Control": "no-cache"}
    try:
        start, stop, _ = request.http_range.indices(size)
    except ValueError:
        start, stop = size, size  # no range that is known
    if "Range" not in request.headers:
        return web.Response(body=content, content_type="audio/wav", headers=headers)
    if start >= stop:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return web.Response(status=206, body=content[start:stop], content_type="audio/wav", headers=headers)
