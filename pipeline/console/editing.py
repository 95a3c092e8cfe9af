"""The config page: the files of the agents being served are shown, checked as they are typed, and saved if clean.

Without `--console-edit` a file can only be read, and its secrets are masked. With it the text is whole, because it is
saved again.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web
from loguru import logger

from pipeline.config import Config
from pipeline.config.allowed_folders import allowed_folders
from pipeline.config.yaml.tree import decoded
from pipeline.console import chains
from pipeline.console.body import body
from pipeline.console.config_check import Checked, checked
from pipeline.console.config_file import Changed, as_in, content, digest, obstacle, replace
from pipeline.console.session import SESSION, Told
from pipeline.faults import FaultFound
from pipeline.redaction.secrets import masked_source
from pipeline.server.http.masking import UNMASKED

if TYPE_CHECKING:
    from pipeline.console.console import Console

SHOWN = 12  # characters of a file's hash in the log
OFF = "configs are not edited on this console", "`serve … --console-edit` switches that on"
RESTART = "the server was started with `--no-reload`: restart it to use the new text"


class Typed(msgspec.Struct, frozen=True):
    """The text of a config as it is being typed."""

    text: str


class Saving(msgspec.Struct, frozen=True):
    """A text to save, and the hash of the file from which it was made."""

    text: str
    hash: str


def routes(console: Console) -> list[web.RouteDef]:
    """Return the routes of the config page."""
    page = Editing(console)
    return [
        web.get("/api/configs", page.listed),
        web.get("/api/configs/{name}", page.shown),
        web.post("/api/configs/{name}/check", page.check),
        web.put("/api/configs/{name}", page.save),
    ]


class Editing:
    """The requests of the config page; one text is checked at a time, in a thread."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.turn = asyncio.Lock()

    async def listed(self, _: web.Request) -> web.Response:
        """Answer with the configs of the agents being served."""
        configs = [{**_about(each), **self.state(each)} for each in self.configs()]
        return web.json_response({"editing": self.console.editing, "configs": configs})

    async def shown(self, request: web.Request) -> web.Response:
        """Answer with a config's text: whole if it may be edited, otherwise with its secrets masked."""
        config, data = await self.opened(request)
        state, found = self.state(config, data), await self.checked(config, data)
        text = decoded(data, "") if state["editable"] else masked_source(found.shown)
        answer = web.json_response({**_about(config), **state, "text": text, "hash": digest(data), **_told(found)})
        if state["editable"]:
            answer[UNMASKED] = True
        return answer

    async def check(self, request: web.Request) -> web.Response:
        """Answer with the faults of a text, and with its chain if it makes one."""
        self.permit()
        typed = await body(request, Typed)
        config, data = await self.opened(request)
        return web.json_response(_told(await self.checked(config, as_in(data, typed.text))))

    async def save(self, request: web.Request) -> web.Response:
        """Replace a config's file by a clean text unless it was changed meanwhile; answer with the reload's outcome."""
        self.permit()
        saving = await body(request, Saving)
        config, data = await self.opened(request)
        if (state := self.state(config, data))["reason"]:
            raise Told(HTTPStatus.FORBIDDEN, state["reason"], state["advice"])
        if digest(data) != saving.hash:
            raise _conflict(config, data)
        new = as_in(data, saving.text)
        # The reload runs the code of its plug-ins a moment later: only here may the check run it, too.
        found = await self.checked(config, new, run_plugins=True)
        if not found.clean:
            raise Told(HTTPStatus.UNPROCESSABLE_ENTITY, "the text has faults and was not saved", "", **_told(found))
        await self.write(config, new, saving.hash)
        logger.info("CONFIG_SAVED {} {} {} → {}, by {}", config.name, config.path,
                    saving.hash[:SHOWN], digest(new)[:SHOWN], request[SESSION])  # fmt: skip
        return web.json_response({"hash": digest(new), **await self.reloaded(config)})

    def configs(self) -> list[Config]:
        """Return the configs of the agents being served."""
        return [agent.config for agent in self.console.board.agents]

    def state(self, config: Config, data: bytes = b"") -> dict[str, Any]:
        """Return if a config may be edited here; if not, also the reason and a way out."""
        if not self.console.editing:
            reason, advice = OFF
        elif not (found := _unreadable(config, data)):
            folders = [each.path.absolute().parent for each in self.configs()]
            reason, advice = obstacle(config.path, (*folders, *allowed_folders()))
        else:
            reason, advice = found
        return {"editable": not reason, "reason": reason, "advice": advice}

    def permit(self) -> None:
        """Raise an HTTP error if editing is off."""
        if not self.console.editing:
            raise Told(HTTPStatus.FORBIDDEN, *OFF)

    async def opened(self, request: web.Request) -> tuple[Config, bytes]:
        """Return the served config that a request names, and the content of its file; raises an HTTP error."""
        config = chains.named(self.console, request.match_info["name"]).config
        try:
            return config, await asyncio.to_thread(content, config.path)
        except OSError as error:
            text = f"{config.path} cannot be read: {error.strerror or error}"
            raise Told(HTTPStatus.CONFLICT, text, "its agent goes on as it was loaded") from None

    async def checked(self, config: Config, data: bytes, run_plugins: bool = False) -> Checked:
        """Check the content of a config's file, together with the other configs."""
        others = [each for each in self.configs() if each is not config]
        async with self.turn:
            return await asyncio.to_thread(checked, config, data, others, self.console.changes, run_plugins)

    async def write(self, config: Config, data: bytes, opened: str) -> None:
        """Replace the file of a config; raises an HTTP error if it was changed meanwhile, or cannot be written."""
        try:
            await asyncio.to_thread(replace, config.path, data, opened)
        except Changed as changed:
            raise _conflict(config, changed.content) from None
        except OSError as error:
            text = f"{config.path} could not be written, and is as it was: {error.strerror}"
            raise Told(HTTPStatus.INTERNAL_SERVER_ERROR, text) from None

    async def reloaded(self, config: Config) -> dict[str, Any]:
        """Load the configs again; return the name that the agent has then, and the outcome in a sentence."""
        if self.console.server.reloader is None:
            return {"name": config.name, "used": False, "reload": RESTART}
        place = [each.path for each in self.configs()].index(config.path)
        outcomes = await self.console.server.reloader.ask()
        used, text = outcomes[place] if outcomes else (False, "the server is stopping")
        return {"name": self.configs()[place].name, "used": used, "reload": text}


def _about(config: Config) -> dict[str, Any]:
    return {"name": config.name, "file": str(config.path)}


def _told(found: Checked) -> dict[str, Any]:
    return {"faults": found.faults, "chain": None if found.config is None else chains.chain(found.config)}


def _unreadable(config: Config, data: bytes) -> tuple[str, str] | None:
    """Return the reason that a content cannot be edited as text, and a way out; None if it can."""
    try:
        decoded(data, str(config.path))
    except FaultFound as fault:
        return f"{fault.at}: {fault.text}", fault.hint
    return None


def _conflict(config: Config, data: bytes) -> Told:
    """Return the error for a file that was changed meanwhile, with its present text."""
    text, advice = f"{config.path} was changed after it was opened here", "neither text is lost: choose one"
    now = data.decode("utf-8-sig", "replace")
    error = Told(HTTPStatus.CONFLICT, text, advice, text=now, hash=digest(data))
    error[UNMASKED] = True
    return error
