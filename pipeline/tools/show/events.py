"""docs/events.md: the events, frames and words of a record, from their declarations."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from pipeline import events, frames, vocabulary
from pipeline.events import Event, Passed
from pipeline.frames import Control, Frame
from pipeline.routes import UNWATCHED
from pipeline.vocabulary import MOVES, OUR_FAULT, USUAL, Cause, Word

TYPES = {
    "str": "text",
    "int": "whole number",
    "float": "number",
    "bool": "true or false",
    "dict[str, Any]": "names and values",
    "dict[str, str]": "names and texts",
    "tuple[str, ...]": "list of texts",
}
_TOLD = (events.call, events.caller, events.providers, events.agent)
_PASSING = (frames.line, frames.caller, frames.agent, frames.controls)
SOUND = "sound, on disk its length in seconds"
MEANINGS = {"turn": "number of the caller's turn; 0 before the first", "reason": "why"}
"""Fields that mean the same in every frame, and need no comment there."""

_HEAD = """\
# The events of a call

All that a record has in `events.jsonl`, told to a call's watchers and counted by the metrics. `make docs` writes this
page from `pipeline/events`, `pipeline/frames` and `pipeline/vocabulary.py`.

## A line of events.jsonl

```json
{"at": 7.34, "no": 412, "what": "first_audio", "turn": 2, "after": 0.41}
{"at": 7.34, "no": 414, "what": "Transcript", "frame": {"turn": 2, "text": "hello", "final": true}, "step": "Script"}
```

One JSON object a line, in the order in which things happened.

- `at`: seconds from the start of the call on the loop's clock, which runs on without a break. Fields of frames named
  `at`, `started` and `ended` are stream time instead: seconds of the caller's audio that have arrived. The two drift
  apart by as much as the network holds audio back.
- `no`: place in the record, counted from 0 through `events.jsonl` and `wire.jsonl` together, so that events and
  messages of the same moment have an order.
- `what`: the event's name, from the tables below. A frame or control has the name of its class, its fields under
  `frame`, and the class of the step that made it under `step`, which is empty for the line itself.

An event's field without a value is left out. A line's `at` is exact to a nanosecond, all other numbers are rounded to
four decimals. Sound is not kept here: its field has the number of seconds instead. A plug-in may tell events of its
own, with names that are not in these tables.

**What stays.** The names and fields below keep their meaning, and words of the tables at the end keep theirs. New
events, fields and words may come: skip those that you do not know. A change that would break a reader raises `format`
in `call.json`.

## Events
"""
_PASSED = """
## Frames and controls

A frame goes down the chain, a control up. Each is in the record once, when it first passes a step. Left out are those
that come fifty times a second: {unwatched}.
"""
_WORDS = """
## Words
"""


def page() -> str:
    """Return docs/events.md."""
    comments = {name: it for module in (*_TOLD, *_PASSING) for name, it in _comments(module).items()}
    passing = [each for module in _PASSING for each in _classes(module, (Frame, Control))]
    passing = [each for each in passing if not issubclass(each, UNWATCHED)]
    unwatched = ", ".join(f"`{each.__name__}`" for each in UNWATCHED)
    parts = [_HEAD, *_contents()]
    for kind in events.EVENTS.values():
        parts += _section(kind.name, kind, comments)
    parts.append(_PASSED.format(unwatched=unwatched))
    for each in passing:
        parts += _section(each.__name__, each, comments)
    parts += [_WORDS, *_moves()]
    for words in _classes(vocabulary, (Word,)):
        parts += _words(words)
    return "\n".join([*parts, ""])


def _contents() -> Iterator[str]:
    yield "| `what` | class | |\n| --- | --- | --- |"
    for kind in events.EVENTS.values():
        yield f"| [`{kind.name}`](#{kind.name}) | `{kind.__name__}` | {_cell(_sentence(kind))} |"
    yield f"| [a class](#frames-and-controls) | `{Passed.__name__}` | {_cell(_sentence(Passed))} |"


def _section(name: str, kind: type[Event] | type[Frame] | type[Control], comments: dict[str, str]) -> Iterator[str]:
    """Yield a heading, the sentence, and a row for each field; `comments` are by class and field."""
    yield f"\n### {name}\n\n{inspect.getdoc(kind)}\n"
    if (above := kind.__bases__[0]) not in _ROOTS:
        yield f"{inspect.getdoc(above)}\n"
    if kind.__struct_fields__:
        yield "| field | type | |\n| --- | --- | --- |"
    for field in kind.__struct_fields__:
        owner = next(each for each in kind.__mro__ if f"{each.__name__}.{field}" in comments)
        annotation, _, comment = comments[f"{owner.__name__}.{field}"].partition("#")
        meaning = comment.strip() or MEANINGS.get(field, "")
        yield f"| `{field}` | {_cell(_type(annotation.strip()))} | {_cell(meaning)} |"


_ROOTS = (Event, Frame, Control)


def _type(annotation: str) -> str:
    names = [each for each in annotation.split(" | ") if each != "None"]
    named = [TYPES.get(each) or f"[one of {each}](#words-of-{each.lower()})" for each in names]
    return SOUND if annotation == "bytes" else " or ".join(named) + (", or left out" if "None" in annotation else "")


def _moves() -> Iterator[str]:
    yield "The legal moves between states:\n\n| from | to |\n| --- | --- |"
    for was, to in MOVES.items():
        yield f"| `{was}` | {', '.join(f'`{each}`' for each in to) or '-'} |"


def _words(kind: type[Word]) -> Iterator[str]:
    yield f"\n### Words of {kind.__name__}\n\n{inspect.getdoc(kind)}\n"
    marks: dict[str, str] = {}
    if kind is Cause:
        marks = {**dict.fromkeys(USUAL, " (usual)"), **dict.fromkeys(OUR_FAULT, " (our fault)")}
    yield "| word | |\n| --- | --- |"
    for word in kind:
        yield f"| `{word}`{marks.get(word, '')} | {_cell(word.says)} |"


def _classes(module: ModuleType, roots: tuple[type, ...]) -> list[Any]:
    found = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, roots)]
    return [each for each in found if each.__module__ == module.__name__ and each not in roots]


def _comments(module: ModuleType) -> dict[str, str]:
    """Return the annotation and trailing comment of each field, as `text # comment`, by class and field."""
    source = inspect.getsource(module)
    lines, found = source.split("\n"), {}
    for kind in [each for each in ast.parse(source).body if isinstance(each, ast.ClassDef)]:
        for node in kind.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.end_lineno:
                comment = lines[node.end_lineno - 1][node.end_col_offset or 0 :].strip().lstrip("# ")
                found[f"{kind.name}.{node.target.id}"] = f"{ast.unparse(node.annotation)} # {comment}"
    return found


def _sentence(kind: type) -> str:
    return (inspect.getdoc(kind) or "").split("\n")[0]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
