"""The calls that a piece of code makes, as a tree of those that enter another module."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).parents[2]
ROOMS = (f"{ROOT}/pipeline/", f"{ROOT}/processors/")
HARNESS = tuple(f"{ROOT}/pipeline/{name}" for name in ("loop/virtual.py", "testing.py"))  # it only plays the call
HIDDEN = ("pipeline/log/", "pipeline/twilio/playback", "pipeline/processor", "pipeline/routes")
QUIET = {"_handler", "_leave", "event", "saw", "seconds", "tapping", "tell", "time"}  # everywhere, and never the point


@dataclass(eq=False)
class Node:
    """One call, or several alike: the module, the function, the frame that it was given, and the calls that it made."""

    module: str  # path below the repository, without .py
    name: str  # qualified
    passing: str = ""  # the class of the frame or control among its arguments
    at: float = 0.0  # virtual time, seconds
    children: list[Node] = field(default_factory=list)
    count: int = 1

    @property
    def key(self) -> tuple[str, str, str]:
        return self.module, self.name, self.passing

    def walk(self) -> Iterator[Node]:
        """Yield this node and all below it, in the order in which they were called."""
        yield self
        for child in self.children:
            yield from child.walk()


class Trace:
    """Records every call into `pipeline` and `processors` made inside its `with` block.

    `begun` are the calls that the event loop or the caller of the block made.
    """

    def __init__(self) -> None:
        self.begun: list[Node] = []
        self._live: dict[FrameType, Node] = {}

    def __enter__(self) -> Trace:
        sys.setprofile(self._note)
        return self

    def __exit__(self, *error: object) -> None:
        sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "return":
            self._live.pop(frame, None)
        elif event == "call" and _is_ours(frame.f_code.co_filename):
            node = self._live[frame] = _node(frame)
            above = frame.f_back
            while above is not None and above not in self._live:
                above = above.f_back
            (self._live[above].children if above is not None else self.begun).append(node)


def _is_ours(file: str) -> bool:
    return file.startswith(ROOMS) and not file.startswith(HARNESS)


def _node(frame: FrameType) -> Node:
    module = frame.f_code.co_filename.removeprefix(f"{ROOT}/").removesuffix(".py").removesuffix("/__init__")
    passing = [
        type(it).__name__ for it in frame.f_locals.values() if type(it).__module__.startswith("pipeline.frames.")
    ]
    loop = asyncio._get_running_loop()
    at = loop.time() if loop is not None else 0.0
    return Node(module, frame.f_code.co_qualname, passing[0] if passing else "", at)


def condensed(nodes: list[Node], above: Node | None = None) -> list[Node]:
    """Keep the calls that enter another module or carry another frame than the kept call above; merge those alike."""
    kept: dict[tuple[str, str, str], Node] = {}
    for node in nodes:
        if not _shown(node, above):
            for each in condensed(node.children, above):
                _merge(kept, each)
        else:
            fresh = Node(*node.key, at=node.at)
            fresh.children = condensed(node.children, fresh)
            _merge(kept, fresh)
    return list(kept.values())


def _shown(node: Node, above: Node | None) -> bool:
    last = node.name.rpartition(".")[2]
    if (
        "<" in node.name
        or (last.startswith("__") and last != "__init__")
        or last in QUIET
        or node.module.startswith(HIDDEN)
    ):
        return False
    return above is None or node.module != above.module or node.passing not in ("", above.passing)


def _merge(kept: dict[tuple[str, str, str], Node], node: Node) -> None:
    known = kept.setdefault(node.key, node)
    if known is not node:
        known.count += node.count
        inside = {child.key: child for child in known.children}
        for child in node.children:
            _merge(inside, child)
        known.children = list(inside.values())


def pruned(node: Node, keep: Callable[[Node], bool]) -> Node:
    """Return a copy of a tree without the calls (and all below them) that `keep` refuses."""
    children = [pruned(child, keep) for child in node.children if keep(child)]
    return Node(*node.key, at=node.at, children=children, count=node.count)
