"""The methods that a plug-in's class gives anew: of the same kind as those of its base class, and none left out.

Python checks none of this: an `async def` in the place of a `def` is never awaited, and a model without `answer` is
silent for a whole call.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import FunctionType
from typing import Any

NAMED = ("__init__", "begin")  # their parameters have messages of their own


def wrong_overrides(kind: type[Any]) -> Iterator[tuple[str, int]]:
    """Yield what is wrong with the methods of a class that stand for those of its bases, each with its line."""
    for name in dir(kind):
        if getattr(getattr(kind, name), "__isabstractmethod__", False):
            yield f"`{name}` is missing, which each {_base(kind)} has to have", 0
    handlers = set(getattr(kind, "handlers", {}).values())
    for each in kind.__mro__:
        if each.__module__ == kind.__module__:
            for name, own in vars(each).items():
                if name not in handlers and name != "after_call" and (given := _inherited(each, name)) is not None:
                    yield from _differing(name, own, given)


def _base(kind: type[Any]) -> str:
    """Return the name of the class that a plug-in's class derives from, by which its author knows it."""
    return next(each.__name__ for each in kind.__mro__ if each.__module__ != kind.__module__)


def _inherited(kind: type[Any], name: str) -> Any:
    """Return the method that a class replaces, as its base's body has it; None if it is no method of a base."""
    found = next((vars(each)[name] for each in kind.__mro__[1:-1] if name in vars(each)), None)
    return found if isinstance(found, FunctionType | classmethod) else None


def _differing(name: str, own: Any, given: Any) -> Iterator[tuple[str, int]]:
    mine, theirs = (getattr(each, "__func__", each) for each in (own, given))
    line = getattr(getattr(inspect.unwrap(mine), "__code__", None), "co_firstlineno", 0) if callable(mine) else 0
    if isinstance(given, classmethod) and not isinstance(own, classmethod):
        yield f"`{name}` has to have `@classmethod` above it", line
    elif not isinstance(mine, FunctionType):
        yield f"`{name}` has to be a method, as in the class that it derives from", line
    elif wrong := _wrong_kind(mine, theirs):
        yield f"`{name}` {wrong}", line
    elif name not in NAMED and not _fits(mine, theirs):
        names = ", ".join(f"`{each}`" for each in inspect.signature(theirs).parameters)
        yield f"`{name}` has to take {names}", line


def _wrong_kind(mine: FunctionType, theirs: FunctionType) -> str:
    """Return a predicate on a method that is `async`, or a generator, where its base's is not; blank if it fits."""
    if inspect.iscoroutinefunction(theirs):
        return "" if inspect.iscoroutinefunction(mine) else "has to be `async def`"
    if hasattr(theirs, "__wrapped__"):  # of an async context manager
        bare = inspect.isasyncgenfunction(mine) or inspect.iscoroutinefunction(mine)
        return "has to have `@asynccontextmanager` above it, below `@classmethod`" if bare else ""
    if "AsyncGenerator" in str(theirs.__annotations__.get("return", "")):
        wrong = inspect.iscoroutinefunction(mine) or inspect.isgeneratorfunction(mine)
        return "has to be an async generator: `async def`, with a `yield` for each part" if wrong else ""
    is_async = inspect.iscoroutinefunction(mine) or inspect.isasyncgenfunction(mine)
    return "is `async def`, and has to be `def`: nothing would wait for it" if is_async else ""


def _fits(mine: FunctionType, theirs: FunctionType) -> bool:
    """True if a method can be called with what its base's takes."""
    names = inspect.signature(theirs).parameters.values()
    plain = [each for each in names if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    try:
        inspect.signature(mine).bind(*plain)
    except TypeError:
        return False
    return True
