"""The aiohttp application: what answers which address, how it starts, how it stops without cutting a call."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
from asyncio import Event
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import ClientSession, web
from loguru import logger

from pipeline.agent import Agent
from pipeline.faults import KavError
from pipeline.server import health, webhook
from pipeline.server.media import media
from pipeline.server.options import HERE, PORT, Options, is_loopback
from pipeline.server.registry import Registry
from pipeline.server.reload import Reloader
from pipeline.server.rest import Rest
from pipeline.server.roster import Roster
from pipeline.server.signals import stop_signals
from pipeline.server.signature import stream_url
from pipeline.server.switchboard import BOARD, EndCall, Switchboard

if TYPE_CHECKING:
    from pipeline.call import Watcher
    from pipeline.config import Config, Loader

MAX_BODY = 64 * 1024  # bytes
MAX_PORT = 65_535
LINGER = 1.0  # seconds that the rest of a refused body is read for
FAREWELL = 1.0  # seconds in which Twilio asks what to do after the last call's stream; without an answer it apologises


class ListenError(KavError):
    """The server cannot listen where it was told to."""


class Server:
    """A server that runs. `url` is where this machine reaches it."""

    def __init__(self, board: Switchboard, host: str, port: int) -> None:
        self.board = board
        self.port = port
        self.reloader: Reloader | None = None
        here = host if is_loopback(host) else HERE
        self.url = f"http://[{here}]:{port}" if ":" in here else f"http://{here}:{port}"

    @property
    def registry(self) -> Registry:
        """Its calls."""
        return self.board.registry

    def reload(self) -> None:
        """Load the configs again, if they may be."""
        if self.reloader is None:
            logger.warning("RELOAD is off: the configs stay as they are until a restart")
        else:
            self.reloader.ask()

    async def drain(self, limit: float, hurry: Event) -> None:
        """Take no more calls, wait for those there are, `limit` seconds at most or until `hurry`, and end the rest."""
        self.board.draining = True
        had_calls = bool(self.registry.entries)
        idle, hurried = asyncio.ensure_future(self.registry.idle()), asyncio.ensure_future(hurry.wait())
        try:
            await asyncio.wait((idle, hurried), timeout=limit, return_when=asyncio.FIRST_COMPLETED)
            await self.board.end_calls()
            if had_calls and not hurry.is_set():
                await asyncio.wait((hurried,), timeout=FAREWELL)
        finally:
            idle.cancel()
            hurried.cancel()


def build(
    agents: Sequence[Agent],
    options: Options,
    end_call: EndCall | None = None,
    watchers: tuple[Watcher, ...] = (),
) -> web.Application:
    """The application; `end_call` ends a call whose stream never came. To be called with a running loop."""
    app = web.Application(client_max_size=MAX_BODY)
    app[BOARD] = Switchboard(agents, options, end_call, watchers)
    stream = webhook.STREAM_PATH
    app.add_routes(
        [
            web.post("/webhook/incoming_call", webhook.incoming_call),
            web.post("/webhook/stream_status", webhook.stream_status),
            web.post("/webhook/call_ended", webhook.call_ended),
            web.get(webhook.GREETING_PATH, webhook.greeting),
            *(web.get(stream + end, media, allow_head=False) for end in ("", "/", "/{token}", "/{token}/")),
            web.get("/healthz", health.alive),
            web.get("/readyz", health.ready),
            web.get("/metrics", health.metrics),
        ]
    )
    return app


@asynccontextmanager
async def running(
    configs: Sequence[Config],
    options: Options | None = None,
    *,
    end_call: EndCall | None = None,
    watch: Watcher | None = None,
    loaders: Sequence[Loader] = (),
) -> AsyncIterator[Server]:
    """A server for these configs that answers calls inside the block; leaving it ends those that are left.

    Without options it takes any free port of this machine. Without `end_call`, calls are ended over Twilio's REST API
    if the account and its token are known. `watch` sees what happens in every call. With `loaders`, which read the
    configs again, a changed config is used from the next call on. Raises ListenError.
    """
    options = options or Options(port=0)
    async with AsyncExitStack() as stack:
        roster = await stack.enter_async_context(Roster())
        agents = [await roster.open(config) for config in configs]
        if end_call is None and options.account_sid and options.auth_token:
            session = await stack.enter_async_context(ClientSession())
            end_call = Rest(session, options.account_sid, options.auth_token, options.api_url).end_call
        app = build(agents, options, end_call, (watch,) if watch is not None else ())
        board = app[BOARD]
        stack.push_async_callback(asyncio.to_thread, board.recorder.close)  # after the last request has ended
        port = await _listen(stack, app, options)
        stack.push_async_callback(board.leave)
        server = Server(board, options.host, port)
        if loaders:
            server.reloader = await stack.enter_async_context(Reloader(board, roster, loaders, options.reload))
        board.base_url = options.public_base_url or server.url
        yield server


async def serve(
    configs: Sequence[Config],
    *,
    host: str | None = None,
    port: int = PORT,
    environment: Mapping[str, str] | None = None,
    loaders: Sequence[Loader] = (),
) -> int:
    """Answer calls until SIGTERM or SIGINT; gives back the exit code. With `loaders`, changed configs are reloaded.

    Raises KavError if the settings or the address cannot be used.
    """
    options = Options.read(os.environ if environment is None else environment, host, port)
    async with running(configs, options, loaders=loaders) as server:
        gc.freeze()  # or now and then every call would wait until all that was imported has been looked through
        return await wait_for_stop(server, partial(_tell, server, options))


async def wait_for_stop(server: Server, ready: Callable[[], None] | None = None) -> int:
    """Go on until SIGTERM or SIGINT, and stop without cutting a call; gives back the exit code.

    SIGTERM lets running calls finish, up to the longest `drain` of the configs; SIGINT, or a second SIGTERM, ends them
    at once; SIGHUP loads the configs again. `ready` is called as soon as signals are heeded.
    """
    with stop_signals(asyncio.get_running_loop(), server.reload) as (stop, hurry):
        if ready is not None:
            ready()
        await stop.wait()
        limit = max(agent.config.server.drain for agent in server.board.agents)
        logger.info("STOPPING {} calls left, {:.0f} s at most", len(server.registry.entries), limit)
        await server.drain(limit, hurry)
        await server.board.leave()
    return 0


async def _listen(stack: AsyncExitStack, app: web.Application, options: Options) -> int:
    if not 0 <= options.port <= MAX_PORT:
        raise ListenError(f"cannot listen on {options.host}, port {options.port}: ports go up to {MAX_PORT}")
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=LINGER, lingering_time=LINGER, auto_decompress=False)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, options.host, options.port)
    try:
        await site.start()
    except OSError as error:
        raise ListenError(_why(error, options)) from None
    return site.port


def _why(error: OSError, options: Options) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {options.port} on {options.host} is taken by another program; choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {options.port} on {options.host} may not be used without more rights; choose one above 1023"
    return f"cannot listen on {options.host}, port {options.port}: {error}"


def _tell(server: Server, options: Options) -> None:
    if options.public_base_url:
        address = f"{options.public_base_url}/webhook/incoming_call"
        logger.info("READY on port {}: point your Twilio number's voice webhook at {} (POST)", server.port, address)
    else:
        logger.info("READY {}: for Twilio, set PUBLIC_BASE_URL; streams: {}{}",
                    server.url, stream_url(server.url), webhook.STREAM_PATH)  # fmt: skip
