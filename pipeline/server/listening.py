"""The listening socket of the server, and the error message if its address cannot be used."""

from __future__ import annotations

import errno
from contextlib import AsyncExitStack

from aiohttp import web

from pipeline.faults import KavError
from pipeline.server.options import Options

MAX_PORT = 65_535
LINGER = 1.0  # seconds for which the rest of a refused request's body is read, and for open requests at shutdown


class ListenError(KavError):
    """The server cannot listen on its host and port."""


async def runner(stack: AsyncExitStack, app: web.Application) -> web.AppRunner:
    """Return a runner of the application, set up; leaving the stack cleans it up."""
    made = web.AppRunner(app, access_log=None, shutdown_timeout=LINGER, lingering_time=LINGER, auto_decompress=False)
    await made.setup()
    stack.push_async_callback(made.cleanup)
    return made


async def listen(stack: AsyncExitStack, app: web.Application, options: Options) -> int:
    """Serve the application until the stack is left, and return the port.

    Raises ListenError for a port out of range, taken or not permitted.
    """
    if not 0 <= options.port <= MAX_PORT:
        raise ListenError(f"cannot listen on {options.host}, port {options.port}: ports go up to {MAX_PORT}")
    site = web.TCPSite(await runner(stack, app), options.host, options.port)
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
