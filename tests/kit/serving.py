"""A server with its client, as the fixture `serve` starts one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from aiohttp import ClientSession

from pipeline.server.app import Server

Serve = Callable[..., AbstractAsyncContextManager[tuple[Server, ClientSession]]]
