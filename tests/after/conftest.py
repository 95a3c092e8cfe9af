"""Each async test of the outbox runs on a loop of its own."""

from __future__ import annotations

import inspect

import pytest
import uvloop

from tests.kit.alone import run


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.function):
        return None
    names = inspect.signature(pyfuncitem.function).parameters
    run(pyfuncitem.function(**{name: pyfuncitem.funcargs[name] for name in names}), uvloop.new_event_loop)
    return True
