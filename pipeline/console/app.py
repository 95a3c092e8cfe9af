"""The application of the console, and its listener."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from aiohttp import web

from pipeline.console import actions, chains, editing, entrance, feed, past, phone, static
from pipeline.console.body import MOST
from pipeline.console.console import Console
from pipeline.console.session import Gate
from pipeline.server.address import DEFAULT_CONSOLE, Address
from pipeline.server.http.masking import mask_secrets
from pipeline.server.listening import CONSOLE, listen
from pipeline.server.switchboard import BOARD

if TYPE_CHECKING:
    from pipeline.server.app import Server

ROOMS = (phone, feed, actions, past, chains, editing)


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """Opens the console of a server at this address; implements `pipeline.server.app.Console`.

    `public` is the https address of a proxy before it, empty on loopback; `token` opens its sessions, one is made up if
    it is blank; with `editing` its pages may change the configs, over which the server lays `changes`, as `--set` has
    them.
    """

    address: Address = DEFAULT_CONSOLE
    token: str = ""
    public: str = ""
    editing: bool = False
    changes: tuple[str, ...] = ()

    async def attach(self, stack: AsyncExitStack, server: Server) -> str:
        """Listen until the stack is left, and return the address with the token; raises ListenError."""
        console, gate = Console(server, editing=self.editing, changes=self.changes), Gate(self.token, self.public)
        address = await listen(stack, application(console, gate), self.address, CONSOLE)
        stack.callback(console.over.set)
        gate.listens(address)
        return f"{self.public or address.url}/#k={quote(gate.token, safe='')}"


def application(console: Console, gate: Gate) -> web.Application:
    """Return the application of a console, behind this gate."""
    app = web.Application(client_max_size=MOST, middlewares=[gate.passes])
    app[BOARD] = console.board
    app.on_response_prepare.extend((static.protect, mask_secrets))

    async def agents(_: web.Request) -> web.Response:
        return web.json_response(console.agents())

    app.add_routes([web.get("/api/agents", agents), *entrance.routes(gate), *static.routes()])
    for room in ROOMS:
        app.add_routes(room.routes(console))
    return app
