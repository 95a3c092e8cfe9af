"""The listening sockets of the server, and the error message if an address cannot be used."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from contextlib import AsyncExitStack

from aiohttp import web
from loguru import logger

from pipeline.faults import KavError
from pipeline.server.address import ANYWHERE, MAX_PORT, Address
from pipeline.server.http.connection import Connections, Patience, Runner
from pipeline.server.http.malformed import ParserLog
from pipeline.server.switchboard import BOARD, Switchboard

LINGER = 1.0  # seconds for which the rest of a refused request's body is read, and for open requests at shutdown
CALM = 75.0  # seconds that a browser or a scraper may be idle, or slow
PUBLIC, ADMIN, CONSOLE = "--port", "--admin", "--console"
# the names of the listeners, by the options that choose their addresses
LISTENERS = {PUBLIC: "public listener", ADMIN: "admin listener", CONSOLE: "console"}


class ListenError(KavError):
    """The server cannot listen on its host and port."""


async def runner(stack: AsyncExitStack, app: web.Application, option: str = PUBLIC) -> web.AppRunner:
    """Return a runner of a server's application, set up; leaving the stack cleans it up."""
    board = app[BOARD]
    options = {"access_log": None, "lingering_time": LINGER, "auto_decompress": False}
    log, patience = ParserLog(board.refusals), _patience(board, option)
    made = Runner(
        app, lambda made: Connections(made, board.refusals, patience), logger=log, shutdown_timeout=LINGER, **options
    )
    await made.setup()
    stack.push_async_callback(made.cleanup)
    return made


async def listen(stack: AsyncExitStack, app: web.Application, address: Address, option: str = PUBLIC) -> Address:
    """Serve the application until the stack is left, and return its address with the port that it got.

    `option` is the option of the command line that chooses the address. Raises ListenError for a port out of range,
    taken or not permitted. The listeners of one server know of each other.
    """
    others = app[BOARD].listeners
    if not 0 <= address.port <= MAX_PORT:
        raise ListenError(f"cannot listen on {address.host}, port {address.port}: ports are 0 to {MAX_PORT}")
    if not address.else_any and (other := next((name for name in others if _overlap(others[name], address)), "")):
        raise ListenError(_both(other, option, address))
    served = await runner(stack, app, option)
    if option == PUBLIC:
        app[BOARD].sockets.public = served.server
    others[option] = found = await _found(served, address, option, others)
    return found


async def _found(served: web.AppRunner, address: Address, option: str, others: Mapping[str, Address]) -> Address:
    """Serve at the address, or at a free port of its host if that will do; raises ListenError."""
    try:
        return await _started(served, address)
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not address.else_any:
            other = next((name for name, its in others.items() if its.port == address.port), "")
            is_ours = other and error.errno == errno.EADDRINUSE
            raise ListenError(_both(other, option, address) if is_ours else _why(error, address, option)) from None
    logger.warning("{} is taken: the {} takes a free port instead; {} chooses one", address, LISTENERS[option], option)
    return await _started(served, Address(address.host, 0))


def _overlap(one: Address, other: Address) -> bool:
    return one.port == other.port and (one.host == other.host or ANYWHERE in (one.host, other.host))


def _both(one: str, other: str, address: Address) -> str:
    return f"{one} and {other} are both {address.port}: choose another for the {LISTENERS[other]}"


def _patience(board: Switchboard, option: str) -> Patience:
    """Return the bounds of a listener: browsers open connections in advance, and scrapers keep theirs."""
    limits, most = board.options.limits, board.options.per_address
    head = CALM if option == CONSOLE else limits.head
    idle = limits.idle if option == PUBLIC else CALM
    unread = limits.answer if option == PUBLIC else CALM
    return Patience(head=head, idle=idle, unread=unread, per_address=most)


async def _started(served: web.AppRunner, address: Address) -> Address:
    return await served.app[BOARD].sockets.listen(served, address)


def _why(error: OSError, address: Address, option: str) -> str:
    words = f"the {LISTENERS[option]}'s port {address.port} on {address.host}"
    if error.errno == errno.EADDRINUSE:
        return f"{words} is taken by another program; choose another with {option}"
    if error.errno == errno.EACCES:
        return f"{words} may not be used without more rights; choose one above 1023 with {option}"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        why = "there is no such host" if isinstance(error, socket.gaierror) else "it is no address of this machine"
        choose = "choose another with --host" if option == PUBLIC else f"choose another with {option}"
        return f"the {LISTENERS[option]} cannot listen on {address.host}, port {address.port}: {why}; {choose}"
    return f"the {LISTENERS[option]} cannot listen on {address.host}, port {address.port}: {error}"
