"""Where the server listens, and the sentence that says why it cannot."""

from __future__ import annotations

import errno
from contextlib import AsyncExitStack

from aiohttp import web

from pipeline.faults import KavError
from pipeline.server.options import Options

MAX_PORT = 65_535
LINGER = 1.0  # seconds that the rest of a refused body is read for


class ListenError(KavError):
    """The server cannot listen where it was told to."""


async def runner(stack: AsyncExitStack, app: web.Application) -> web.AppRunner:
    """What runs the application, until the stack is left."""
    made = web.AppRunner(app, access_log=None, shutdown_timeout=LINGER, lingering_time=LINGER, auto_decompress=False)
    await made.setup()
    stack.push_async_callback(made.cleanup)
    return made


async def listen(stack: AsyncExitStack, app: web.Application, options: Options) -> int:
    """Answer requests from now on, until the stack is left; gives back the port.

    Raises ListenError.
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
