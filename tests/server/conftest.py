"""Each test of the server runs on a loop of its own; `tests.kit.invariants` has the things that it may not leave."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop
from aiohttp import ClientSession, TCPConnector
from loguru import logger

from pipeline.config import Config, RecordSettings
from pipeline.server.address import HERE, Address
from pipeline.server.app import Server, running
from pipeline.server.options import Limits, Options
from tests.kit import parrot
from tests.kit.alone import run
from tests.kit.serving import Serve


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.function):
        return None
    names = inspect.signature(pyfuncitem.function).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    run(pyfuncitem.function(**arguments), uvloop.new_event_loop)
    return True


@pytest.fixture(scope="session", autouse=True)
def warm() -> None:
    """The first loop of a process opens files that stay."""
    run(asyncio.sleep(0), uvloop.new_event_loop)


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """The log, as it is written."""
    written: list[str] = []
    sink = logger.add(lambda message: written.append(message.record["message"]), level="DEBUG", format="{message}")
    yield written
    logger.remove(sink)


@pytest.fixture
def serve() -> Serve:
    """A server of these configs, one parrot unless told, and a client; limits and options by name."""

    @asynccontextmanager
    async def served(
        *configs: Config, limits: Limits | None = None, end_call: Any = None, loaders: Any = (), **options: Any
    ) -> AsyncIterator[tuple[Server, ClientSession]]:
        chosen = Options(**{"port": 0, "admin": Address(HERE, 0), "limits": limits or Limits(), **options})
        client = ClientSession(connector=TCPConnector(limit=0))
        started = running(configs or (parrot.config(),), chosen, end_call=end_call, loaders=loaders)
        async with started as server, client as session:
            yield server, session

    return served


@pytest.fixture
def settings(tmp_path: Path) -> RecordSettings:
    return RecordSettings(folder=str(tmp_path))
