"""The event loop of a server: uvloop's, or asyncio's where uvloop is not installed, as on Windows."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop


def new_event_loop() -> AbstractEventLoop:
    """Return a new event loop of uvloop, about twice as fast as asyncio's; without uvloop, of asyncio."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: AbstractEventLoop = uvloop.new_event_loop()
    return loop
