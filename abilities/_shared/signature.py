"""The signature of a function as the arguments of a tool: a struct that msgspec reads, and tells as a JSON schema."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from pipeline.arguments import Arguments, BadArguments, json_object
from pipeline.faults import FaultFound, Place, clipped
from pipeline.tool import View

_LINE = re.compile(r"\s*(\w+): (.+)")
_PLAIN = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Signature(Arguments):
    """The arguments of a function. Raises FaultFound, at its line, for a signature of which a model cannot be told."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__({})
        self.view = ""  # name of the parameter that gets the call; blank: none does
        at = place(function)
        if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
            raise FaultFound(at, f"`{function.__name__}` is a generator", "a tool returns its result")
        fields = list(self._fields(function, at))
        try:
            self.struct = msgspec.defstruct(
                function.__name__, fields, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
            )
            self._schema = _rooted(msgspec.json.schema(self.struct))
            for name, text in told_of(function).items():
                self._schema["properties"].get(name, {}).setdefault("description", text)
        except TypeError as error:
            kinds = ", ".join(f"`{name}: {_named(kind)}`" for name, kind, *_ in fields)
            text = f"a model cannot be told of a value that `{function.__name__}` takes: {_first(error)}"
            hint = f"it takes {kinds}; text, numbers, dates, lists, Literal and TypedDict can be told of"
            raise FaultFound(at, text, hint) from None

    @property
    def names(self) -> tuple[str, ...]:
        return self.struct.__struct_fields__

    def read(self, text: str, now: datetime | None = None) -> dict[str, Any]:
        """Return the values of a model's JSON, without those that are as by default; raises BadArguments."""
        try:
            values = msgspec.convert(json_object(text, self.names), self.struct, strict=False)
        except (msgspec.ValidationError, RecursionError) as error:
            raise BadArguments(str(error)) from None
        made: dict[str, Any] = msgspec.to_builtins(values)
        return made

    def schema(self) -> dict[str, Any]:
        return self._schema

    def values(self, arguments: dict[str, Any], call: View) -> dict[str, Any]:
        """Return the values with which to call the function: of their own types, and the call if it takes it."""
        made = msgspec.convert(arguments, self.struct, strict=False)
        return {**{name: getattr(made, name) for name in self.names}, **({self.view: call} if self.view else {})}

    def _fields(self, function: Callable[..., Any], at: Place) -> Iterator[tuple[Any, ...]]:
        """Yield name, type and default of each parameter."""
        hints = _hints(function, at)
        for name, parameter in inspect.signature(function).parameters.items():
            if name == "call" or hints.get(name) is View:
                self.view = name
                continue
            if parameter.kind not in _PLAIN:
                text = f"`{function.__name__}` takes `{parameter}`, and a model gives each value by its name"
                raise FaultFound(at, text, "name each")
            if name not in hints:
                hint = f"e.g. `{name}: str`"
                raise FaultFound(at, f"the parameter `{name}` of `{function.__name__}` has no type", hint)
            has_default = parameter.default is not inspect.Parameter.empty
            yield (name, hints[name], parameter.default) if has_default else (name, hints[name])


def about(function: Callable[..., Any], names: Collection[str]) -> str:
    """Return the description of a function: its docstring, without the lines that tell of parameters."""
    kept, inside = [], False
    for line in inspect.cleandoc(function.__doc__ or "").splitlines():
        inside = _starts(line, names) or (inside and line.startswith(" "))
        if not inside and line.strip() not in ("Args:", "Parameters:"):
            kept.append(line)
    return " ".join(" ".join(kept).split())


def told_of(function: Callable[..., Any]) -> dict[str, str]:
    """Return the lines of a docstring that tell of parameters, by name."""
    names = inspect.signature(function).parameters
    told: dict[str, str] = {}
    last = ""
    for line in inspect.cleandoc(function.__doc__ or "").splitlines():
        if _starts(line, names) and (found := _LINE.fullmatch(line)):
            last = found[1]
            told[last] = found[2].strip()
        elif last and line.startswith(" "):
            told[last] += f" {line.strip()}"
        else:
            last = ""
    return told


def place(function: Callable[..., Any]) -> Place:
    """Return the place of a function's name in its file."""
    code = inspect.unwrap(function).__code__
    file, first = Path(code.co_filename), code.co_firstlineno
    lines = _lines(file)
    # The first line of a function is that of its decorator, if it has one.
    for number, line in enumerate(lines[first - 1 :], first):
        if found := re.match(rf"\s*(?:async\s+)?def\s+({re.escape(function.__name__)})\b", line):
            return Place(shown(file), number, found.start(1) + 1, len(found[1]))
    return Place(shown(file), first)


def shown(path: Path) -> str:
    """Return a path as messages have it: relative to the working directory, if it is in that."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _starts(line: str, names: Collection[str]) -> bool:
    found = _LINE.fullmatch(line)
    return found is not None and found[1] in names


def _hints(function: Callable[..., Any], at: Place) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except (NameError, TypeError, SyntaxError, AttributeError) as error:
        text = f"a type of `{function.__name__}` cannot be read: {_first(error)}"
        raise FaultFound(at, text, "import what it names") from None


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # gone since it ran: a worker has the source from its parent
        return []


def _first(error: Exception) -> str:
    return clipped(str(error).partition("\n")[0], 120)


def _named(kind: Any) -> str:
    return getattr(kind, "__name__", None) or str(kind)


def _rooted(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose root stands in its place, not behind a reference."""
    inner = dict(schema["$defs"])
    root: dict[str, Any] = inner.pop(schema["$ref"].rpartition("/")[2])
    root.pop("title", None)
    return root | ({"$defs": inner} if inner else {})
