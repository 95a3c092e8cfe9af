"""The three journeys of docs/architecture.md, each traced while it happens, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docs.drawings.trace import Node, Trace, condensed, pruned
from pipeline.agent import Agent
from pipeline.call import Call
from pipeline.config import load
from pipeline.loop.virtual import run_virtual
from pipeline.phone.virtual_line import CALL_SID, NoWire
from pipeline.testing import play, voice

CONFIG = Path(__file__).with_name("journey.yaml")
COMPUTES = (  # below pipeline/: rooms whose calls lead nowhere else, where a drawing shows the way alone
    *("text", "audio", "providers", "worker", "loop", "settings", "catalog/spec", "config/findings"),
    *("conversation", "llm/preemptive", "tts/shared"),
)
DEEPEST = 3  # levels of calls that the way of a config is drawn with
STAGES = {
    "load": "the file is read and checked",
    "Agent.open": "an agent opens what its calls share",
    "Agent.answer": "a call is answered",
}


class Scene(NamedTuple):
    """The calls that follow from one thing that happened: a heading, the first call, how often the same came again."""

    heading: str
    root: Node
    again: int = 0


class Journey(NamedTuple):
    """A drawing: its file, its title, its scenes in order."""

    name: str
    title: str
    scenes: list[Scene]


def journeys() -> list[Journey]:
    """Play one call, load its config once more, and return the three journeys."""
    load(CONFIG)  # so that the processors are imported already
    begun = _played()
    return [
        Journey("barge-in", "A voiced 20 ms frame interrupts the agent", [_interruption(begun)]),
        Journey("reply", "A transcript becomes a reply, and its mark", list(_reply(begun))),
        Journey("config", "A YAML file becomes a running chain", _opening()),
    ]


def _played() -> list[Node]:
    """A caller asks, is answered, asks again and speaks over the second answer."""
    with Trace() as trace:
        play(load(CONFIG), [(1.0, voice(1.0)), (5.0, voice(1.0)), (7.2, voice(0.5))], seconds=8.0)
    return trace.begun


def _interruption(begun: list[Node]) -> Scene:
    """The message that raised an `Interrupt`, up to the flush after its `clear`."""
    for node in begun:
        if any(each.passing == "Interrupt" for each in node.walk()):
            (root,) = condensed([node])
            return Scene(_clock(node), _until_clear(root))
    raise LookupError("no caller interrupted the agent")


def _until_clear(root: Node) -> Node:
    """The calls up to the end of the `Clear`'s own way."""
    way = list(root.walk())
    last = max(at for at, node in enumerate(way) if node.passing == "Clear")
    inside = way[last].walk()
    wanted = {id(node) for node in (*way[: last + 1], *inside)}
    return pruned(root, lambda node: id(node) in wanted)


def _reply(begun: list[Node]) -> Iterator[Scene]:
    """Everything that follows from the first final `Transcript` until the reply's mark is sent."""
    scenes = iter(begun)
    for node in scenes:
        if any(each.passing == "Transcript" for each in node.walk()):
            (root,) = condensed([node])
            crossing = next(each for each in root.walk() if _begins(each, "Transcript"))
            yield Scene(_clock(node), _essential(crossing))
            break
    waiting: Scene | None = None
    for node in scenes:
        if node.name == "VirtualLine._tick":
            continue  # the caller's own sound
        for root in map(_essential, condensed([node])):
            if not root.children:
                continue
            if waiting is not None and _shape(waiting.root) == _shape(root):
                waiting = waiting._replace(again=waiting.again + 1)
                continue
            if waiting is not None:
                yield waiting
            waiting = Scene(_clock(node), root)
        if any(each.passing == "Mark" for each in node.walk()):
            break
    if waiting is not None:
        yield waiting


def _begins(node: Node, passing: str) -> bool:
    """True if the node is the one that hands the first frame of this class on, without having it itself."""
    return node.passing != passing and any(child.passing == passing for child in node.children)


def _essential(root: Node) -> Node:
    """The tree without the calls that only compute something."""
    rooms = tuple(f"pipeline/{name}" for name in COMPUTES)
    return pruned(root, lambda node: bool(node.children or node.passing) or not node.module.startswith(rooms))


def _clock(node: Node) -> str:
    return f"{node.at:.2f} s"


def _shape(node: Node) -> tuple[object, ...]:
    return (*node.key, *map(_shape, node.children))


def _opening() -> list[Scene]:
    """Three calls: load a config, open its agent, answer a call."""
    with Trace() as trace:
        config = load(CONFIG)
        run_virtual(_opened_and_answered(config))
    roots = [_upto(_essential(root), DEEPEST) for root in condensed(trace.begun)]
    return [Scene(STAGES.get(root.name, "meanwhile, in a task"), root) for root in roots if root.children]


async def _opened_and_answered(config: object) -> None:
    async with Agent.open(config) as agent:  # type: ignore[arg-type]
        agent.answer(Call(CALL_SID, NoWire(), asyncio.get_running_loop()))


def _upto(node: Node, levels: int) -> Node:
    children = [_upto(child, levels - 1) for child in node.children] if levels else []
    return Node(*node.key, at=node.at, children=children, count=node.count)
