"""The start of the server, and its graceful stop."""

from __future__ import annotations

import asyncio
from asyncio import Event
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol

import msgspec
from loguru import logger

from pipeline.environment.variables import process_environment
from pipeline.records import disk
from pipeline.server import descriptors
from pipeline.server.address import DEFAULT_ADMIN, Address
from pipeline.server.agents import OpenAgents
from pipeline.server.backlog import delivering, keeping
from pipeline.server.expiry import expiring
from pipeline.server.handover.handover import HandOver
from pipeline.server.handover.pages import passing
from pipeline.server.http import routes
from pipeline.server.http.routes import OWN, Pages, public
from pipeline.server.http.webhook import INCOMING_PATH, STREAM_PATH
from pipeline.server.interpreter import settle
from pipeline.server.listening import ADMIN, listen
from pipeline.server.options import Options, Workers
from pipeline.server.registry import Registry
from pipeline.server.reload import Reloader
from pipeline.server.rest import ending
from pipeline.server.signals import stop_signals
from pipeline.server.switchboard import EndCall, Switchboard
from pipeline.server.watchdog import Watchdog
from pipeline.server.workers import routes as worker_routes
from pipeline.server.workers.pool import Pool
from pipeline.twilio.signature import stream_url

if TYPE_CHECKING:
    from pipeline.call import Watcher
    from pipeline.config import Config, Loader

ALONE = Workers()
FAREWELL = 1.0  # seconds that Twilio has to request `/webhook/call_ended` after the last stream; else it plays an error


class Server:
    """A running server.

    `port` is the one it listens on, `url` its address as seen from this machine, `admin_url` that of the admin
    listener, `console_url` that of the console; both are empty without one. `pages` are its handlers.
    """

    console_url = ""

    def __init__(
        self,
        board: Switchboard,
        address: Address,
        admin: Address | None = None,
        pages: Pages = OWN,
        handover: HandOver | None = None,
    ) -> None:
        self.board = board
        self.handover = handover or HandOver(board, address)
        self.pages = pages
        self.address = address
        self.port = address.port
        self.url = address.url
        self.admin_url = admin.url if admin is not None else ""
        self.reloader: Reloader | None = None

    @property
    def registry(self) -> Registry:
        """The calls that hold a slot."""
        return self.board.registry

    def reload(self) -> None:
        """Load the configs again soon; only logs a warning if the server was started without loaders."""
        if self.reloader is None:
            logger.warning("RELOAD is off: the configs stay as they are until a restart")
        else:
            self.reloader.ask()

    async def drain(self, limit: float, hurry: Event) -> None:
        """Take no more calls, wait for the running ones until `limit` (seconds) or `hurry`, then end the rest."""
        self.board.draining = True
        had_calls = bool(self.registry.entries)
        over = asyncio.gather(self.registry.idle(), self.handover.idle())
        idle, hurried = asyncio.ensure_future(over), asyncio.ensure_future(hurry.wait())
        try:
            await asyncio.wait((idle, hurried), timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            await self.board.end_calls()
            if had_calls and not hurry.is_set():
                # The stream's end makes Twilio request the TwiML's `action`: stay up for that last webhook.
                await asyncio.wait((hurried,), timeout=FAREWELL)
        finally:
            idle.cancel()
            hurried.cancel()


class Console(Protocol):
    """Pages on a running server, with a listener of their own."""

    async def attach(self, stack: AsyncExitStack, server: Server) -> str:
        """Listen until the stack is left, and return the address to open; raises ListenError."""


@asynccontextmanager
async def running(
    configs: Sequence[Config],
    options: Options | None = None,
    *,
    end_call: EndCall | None = None,
    watch: Watcher | None = None,
    loaders: Sequence[Loader] = (),
    workers: Workers = ALONE,
    console: Console | None = None,
) -> AsyncIterator[Server]:
    """Run a server for these configs inside the block; leaving it ends the calls that are left.

    Without options it takes any free port of this machine. Without `end_call`, calls are ended over Twilio's REST API
    if the account and its token are known. `watch` gets every event of every call. `loaders` read the configs again,
    so that a changed config answers the next call; a `console` shows the calls. Raises ListenError, KavError if a
    config cannot be opened, and UsageError for more than one worker on a system that has no worker processes.
    """
    options = _prepared(configs, options or Options(port=0), watched=console is not None)
    async with AsyncExitStack() as stack:
        pool = Pool(options, workers) if workers.count > 1 else None
        open_agents = await stack.enter_async_context(pool or OpenAgents())
        agents = [await open_agents.open(config) for config in configs]
        board = Switchboard(agents, options, end_call or await ending(stack, options), (watch,) if watch else ())
        stack.push_async_callback(asyncio.to_thread, board.recorder.close)  # once no request is open
        handover = await stack.enter_async_context(HandOver(board, Address(options.host, options.port)))
        address, admin = await _listen(stack, board, pages := passing(handover, _pages(pool, board)))
        await _attend(stack, board)
        server = Server(board, address, admin, pages, handover)
        if loaders:
            server.reloader = await stack.enter_async_context(Reloader(board, open_agents, loaders, options.reload))
        await _begin(stack, server, console)
        yield server


async def serve(
    configs: Sequence[Config],
    *,
    host: str | None = None,
    port: int | None = None,
    admin: Address | None = DEFAULT_ADMIN,
    environment: Mapping[str, str] | None = None,
    loaders: Sequence[Loader] = (),
    workers: Workers = ALONE,
    rehearsal: bool = False,
    unsigned: bool = False,
    console: Console | None = None,
) -> int:
    """Answer calls until SIGTERM or SIGINT, and return the exit code. With `loaders`, changed configs are reloaded.

    Without a port it is that of the variable PORT, or 8080; `admin` is the address for health and metrics.
    In a `rehearsal` no step does its work after a call, and tools rehearse; `unsigned` allows a public address without
    an auth token.

    The garbage collector is enabled once the server is ready. Raises KavError if the settings, the address or a config
    cannot be used.
    """
    known = process_environment() if environment is None else environment
    read = Options.read(known, host, port, admin=admin, unsigned=unsigned)
    options = msgspec.structs.replace(read, rehearsal=rehearsal, acts=not rehearsal)
    async with running(configs, options, loaders=loaders, workers=workers, console=console) as server:
        settle()
        return await wait_for_stop(server, partial(_tell, server, options))


async def wait_for_stop(server: Server, ready: Callable[[], None] | None = None) -> int:
    """Wait for SIGTERM or SIGINT, stop the server gracefully, and return the exit code.

    A server whose port another one has taken over stops as on SIGTERM, the first of which then changes nothing.

    SIGTERM lets running calls finish, up to the longest `drain` of the configs; SIGINT, or a second SIGTERM, ends them
    at once; SIGHUP loads the configs again. `ready` is called once the signal handlers are installed.
    """
    with stop_signals(asyncio.get_running_loop(), server.reload) as (stop, hurry):
        if ready is not None:
            ready()
        await _first(stop, server.handover.taken)
        limit = max(agent.config.server.drain for agent in server.board.agents)
        logger.info("STOPPING {} calls left, {:.0f} s at most", len(server.registry.entries), limit)
        await server.drain(limit, hurry)
        await server.board.leave(hurry)
    return 0


def _prepared(configs: Sequence[Config], options: Options, *, watched: bool) -> Options:
    """Prepare the process for the calls of these configs, and return the options with `watched`."""
    descriptors.prepare(sum(config.server.max_calls for config in configs))
    disk.look(config.record for config in configs)
    return msgspec.structs.replace(options, watched=watched)


async def _first(*events: Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


async def _attend(stack: AsyncExitStack, board: Switchboard) -> None:
    """Deliver, watch the loop, and remove old records, until the stack is closed; then end the calls."""
    if board.options.acts:
        await stack.enter_async_context(delivering(board))  # to its end after that of the last call
    await stack.enter_async_context(keeping(board))
    stack.push_async_callback(board.leave)
    await stack.enter_async_context(expiring(lambda: [agent.config.record for agent in board.agents]))
    stack.enter_context(Watchdog(board.blocked))


async def _begin(stack: AsyncExitStack, server: Server, console: Console | None) -> None:
    """Attach the console, and take the port over from the server before, if there is one."""
    if console is not None:
        server.console_url = await console.attach(stack, server)
    await server.handover.begin()


def _pages(pool: Pool | None, board: Switchboard) -> Pages:
    if pool is None:
        return OWN
    pool.attach(board)
    return worker_routes.pages(pool)


async def _listen(stack: AsyncExitStack, board: Switchboard, pages: Pages) -> tuple[Address, Address | None]:
    """Open the public listener, and the admin listener if there is to be one; raises ListenError."""
    options, asked = board.options, board.options.admin
    address = await listen(stack, public(board, pages), Address(options.host, options.port))
    board.base_url = options.public_base_url or address.url
    if asked is None:
        return address, None
    admin = await listen(stack, routes.admin(board, asked.host, pages), asked, ADMIN)
    board.admin_url = admin.url
    return address, admin


def _tell(server: Server, options: Options) -> None:
    if server.console_url:
        logger.info("CONSOLE {}", server.console_url)
    if server.admin_url:
        logger.info("ADMIN {}: /healthz, /readyz, /metrics", server.admin_url)
    if options.public_base_url:
        logger.info("READY on port {}: point your Twilio number's voice webhook at {}{} (POST)",
                    server.port, options.public_base_url, INCOMING_PATH)  # fmt: skip
    else:
        logger.info("READY {}: for Twilio, set PUBLIC_BASE_URL; streams: {}{}",
                    server.url, stream_url(server.url), STREAM_PATH)  # fmt: skip
    if options.auth_token:
        logger.info("LISTENING on {}: requests have to be signed, with TWILIO_AUTH_TOKEN, for {}{} and {}{}/…",
                    server.address, options.public_base_url, INCOMING_PATH,
                    stream_url(options.public_base_url), STREAM_PATH)  # fmt: skip
    else:
        logger.info("LISTENING on {}: requests need no signature, as TWILIO_AUTH_TOKEN is not set", server.address)
