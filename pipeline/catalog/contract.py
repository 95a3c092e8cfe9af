"""The contract of a plug-in's class: the rules of a processor or a tool that Python itself does not check."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from pipeline.catalog.overrides import wrong_overrides
from pipeline.catalog.plugins import Class, see
from pipeline.faults import WordError, clipped
from pipeline.frames import Control, Frame
from pipeline.processor import Processor
from pipeline.settings import StepSettings


def sound(kind: type[Class], word: str) -> type[Class]:
    """Return the class if it keeps the rules of its base; raises WordError with those that it breaks."""
    if found := list(_flaws(kind) if issubclass(kind, Processor) else _tool_flaws(kind)):
        file = getattr(sys.modules.get(kind.__module__), "__file__", None)
        raise WordError(f"`{word}` cannot be used: {'; '.join(text for text, _ in found)}", see(file, found[0][1]))
    return kind


def _flaws(kind: type[Processor]) -> Iterator[tuple[str, int]]:
    """Yield the rules that a class breaks, each with its line; 0 if no line is known."""
    for taken, name in kind.handlers.items():
        line = _line(getattr(kind, name))
        if not _is_one(taken, Frame, Control):
            yield f"`{name}` is declared for {_shown(taken)}, which is no frame and no control", line
        if inspect.iscoroutinefunction(getattr(kind, name)) or inspect.isasyncgenfunction(getattr(kind, name)):
            yield f"`{name}` is `async def`, and a handler is `def`; what waits is a Worker's work", line
        elif not _takes(getattr(kind, name), 2):
            yield f"`{name}` has to take `self` and a frame", line
    yield from _undeclared(kind)
    if not _takes(kind.__init__, 3):
        yield "`__init__` has to take `settings` and `shared`", _line(kind.__init__)
    if not _takes(kind.begin, 1):
        text = "`begin` has to take `self` alone: it sets up a call's state; a handler needs another name"
        yield text, _line(kind.begin)
    if not inspect.iscoroutinefunction(kind.after_call) or not _takes(kind.after_call, 2):
        yield "`after_call` has to be `async def`, and to take `self` and a summary of the call", _line(kind.after_call)
    yield from wrong_overrides(kind)
    yield from _unset(kind.Settings, getattr(kind.__base__, "Settings", StepSettings))


def _tool_flaws(kind: type[Any]) -> Iterator[tuple[str, int]]:
    """Yield the rules that the class of a tool breaks, each with its line."""
    if not _takes(kind.__init__, 3):
        yield "`__init__` has to take `settings` and `shared`", _line(kind.__init__)
    yield from wrong_overrides(kind)
    yield from _unset(kind.Settings, getattr(kind.__base__, "Settings", StepSettings))


def _undeclared(kind: type[Processor]) -> Iterator[tuple[str, int]]:
    """Yield the flaws of a class's lists of frames and controls."""
    for name, kinds in (("gives", (Frame, Control)), ("holds", (Frame,)), ("optional", (Frame, Control))):
        listed = getattr(kind, name)
        if not isinstance(listed, tuple) or not all(_is_one(each, *kinds) for each in listed):
            yield f"`{name}` wants frames in brackets, with a comma, e.g. `(ReplyText,)`, got {_shown(listed)}", 0
    for name in ("holds", "optional"):
        listed = getattr(kind, name)
        if isinstance(listed, tuple) and (idle := [each for each in listed if each not in kind.handlers]):
            yield f"`{name}` has {', '.join(map(_shown, idle))}, for which there is no handler", 0


def _unset(settings: Any, inherited: type[StepSettings]) -> Iterator[tuple[str, int]]:
    """Yield the flaws of a plug-in's settings; `inherited` are those of its base class."""
    if not _is_one(settings, inherited):
        yield f"`Settings` has to be a class that derives from {inherited.__name__}", 0
        return
    try:
        declared = msgspec.structs.fields(settings)
    except (NameError, TypeError, AttributeError, ValueError) as error:
        yield f"`Settings` has an annotation that cannot be read: {error}", 0
        return
    for each in declared:
        if each.default is not msgspec.NODEFAULT and (wrong := _misfit(each.default, each.type)):
            yield f"`{each.name}` of its `Settings` has a default that does not fit: {wrong}", 0


def _misfit(default: Any, annotation: Any) -> str:
    """Return why a default is not of the annotated type or within its bounds; blank if it fits."""
    try:
        msgspec.convert(default, annotation)
    except msgspec.ValidationError as error:
        return str(error)
    except TypeError as error:
        return f"its type cannot be read from YAML: {error}"
    return ""


def _is_one(each: Any, *kinds: type) -> bool:
    return isinstance(each, type) and issubclass(each, kinds)


def _line(function: Any) -> int:
    return getattr(getattr(function, "__code__", None), "co_firstlineno", 0)


def _takes(function: Callable[..., Any], count: int) -> bool:
    try:
        inspect.signature(function).bind(*[None] * count)
    except TypeError:
        return False
    return True


def _shown(each: Any) -> str:
    return f"`{clipped(getattr(each, '__name__', None) or repr(each))}`"
