"""The application of the console, and its place in a running server."""

from __future__ import annotations

from asyncio import Event
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pipeline import __version__
from pipeline.console import actions, feed, phone, session, static
from pipeline.console.session import Gate
from pipeline.server.address import DEFAULT_CONSOLE, Address
from pipeline.server.listening import CONSOLE, listen
from pipeline.server.switchboard import BOARD

if TYPE_CHECKING:
    from pipeline.server.app import Server
    from pipeline.server.switchboard import Switchboard
    from pipeline.server.watching.calls import Watching

MAX_BODY = 4 * 1024 * 1024  # bytes; a config's text is the longest


class Console:
    """The console of one server; implements `pipeline.server.app.Console`.

    `public` is the https address of a proxy before it, empty on loopback; `token` opens its sessions, one is made up if
    it is blank; with `editing` its pages may change the configs. `over` is set once the server stops.
    """

    server: Server

    def __init__(
        self, address: Address = DEFAULT_CONSOLE, *, token: str = "", public: str = "", editing: bool = False
    ) -> None:
        self.address = address
        self.editing = editing
        self.started = datetime.now(UTC).timestamp()
        self.over = Event()
        self._token, self._public = token, public

    @property
    def board(self) -> Switchboard:
        """The switchboard of its server."""
        return self.server.board

    @property
    def watching(self) -> Watching:
        """The calls of its server."""
        watching = self.board.watching
        assert watching is not None
        return watching

    async def attach(self, stack: AsyncExitStack, server: Server) -> str:
        """Listen until the stack is left, and return the address with the token; raises ListenError."""
        self.server = server
        gate = Gate(self._token, self._public)
        address = await listen(stack, self.application(gate), self.address, CONSOLE)
        gate.listens(address.port)
        stack.callback(self.over.set)
        return f"{self._public or address.url}/#k={gate.token}"

    def application(self, gate: Gate) -> web.Application:
        """Return the application, behind this gate."""
        app = web.Application(client_max_size=MAX_BODY, middlewares=[gate.passes])
        app[BOARD] = self.board
        app.on_response_prepare.append(static.protect)
        app.add_routes([web.get("/api/agents", self.agents), *session.routes(gate), *static.routes()])
        for room in (phone, feed, actions):
            app.add_routes(room.routes(self))
        return app

    def hello(self) -> dict[str, Any]:
        """Return the first data of a feed."""
        now = datetime.now(UTC).timestamp()
        return {"format": feed.FORMAT, "started": self.started, "now": now, "version": __version__}

    async def agents(self, request: web.Request) -> web.Response:
        """Answer with the agents of the server."""
        told = [
            {
                "name": config.name,
                "language": config.language,
                "numbers": list(config.numbers),
                "hash": config.hash,
                "file": str(config.path),
                "log_words": config.log_words,
            }
            for config in (agent.config for agent in self.board.agents)
        ]
        return web.json_response({"agents": told, "editing": self.editing, "version": __version__})
