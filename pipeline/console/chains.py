"""The chain of an agent as data for the pages: its steps, and the frames and controls between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pipeline.agent import Agent
from pipeline.catalog import spec
from pipeline.catalog.spec import Step
from pipeline.config import Config
from pipeline.console.session import Told
from pipeline.faults import clipped
from pipeline.tools.graph.chart import Chart, chart, settings
from pipeline.worker import Worker

if TYPE_CHECKING:
    from pipeline.console.console import Console

LONGEST = 200  # characters shown of a setting

Tree = dict[str, Any]


def routes(console: Console) -> list[web.RouteDef]:
    """Return the route of the chain page."""

    async def shown(request: web.Request) -> web.Response:
        agent = named(console, request.match_info["agent"])
        return web.json_response(chain(agent.config, breakers(agent)))

    return [web.get("/api/chains/{agent}", shown)]


def named(console: Console, name: str) -> Agent:
    """Return the agent of this name; raises Told (404) if there is none."""
    for agent in console.board.agents:
        if agent.config.name == name:
            return agent
    raise Told(HTTPStatus.NOT_FOUND, f"no agent of this server is called `{clipped(name)}`")


def chain(config: Config, breakers: Sequence[str | None] = ()) -> Tree:
    """Return a config's chain as JSON data; `breakers` has the state of each step's breaker, None for one without."""
    states = (*breakers, *[None] * (len(config.steps) - len(breakers)))
    steps = [_step(place, *each) for place, each in enumerate(zip(config.steps, states, strict=True))]
    return {"agent": config.name, "file": str(config.path), "steps": steps, "frames": list(_frames(chart(config)))}


def breakers(agent: Agent) -> list[str | None]:
    """Return the state of each step's breaker: None for a step without, or if worker processes have the breakers."""
    states = iter(agent.breakers)  # in the chain's order, each step's before those of its fallbacks
    found: list[str | None] = []
    for step in agent.config.steps:
        own = [getattr(next(states, None), "state", None) for each in (step, *spec.fallbacks(step)) if _waits(each)]
        found.append(own[0] if own and _waits(step) else None)
    return found


def _waits(step: Step) -> bool:
    return issubclass(step.kind, Worker)


def _step(place: int, step: Step, breaker: str | None) -> Tree:
    return {
        "place": place,
        "word": step.word,
        "class": step.kind.__name__,
        "doc": spec.doc(step.kind),
        "file": step.file,
        "line": step.line,
        "takes": [each.__name__ for each in step.kind.handlers],
        "gives": [each.__name__ for each in step.kind.gives],
        "fallback": [each.word for each in spec.fallbacks(step)],
        "breaker": breaker,
        "settings": {name: clipped(value, LONGEST) for name, value in settings(step)},
    }


def _frames(drawn: Chart) -> Iterator[Tree]:
    """Yield each frame on each link, and each control from the step that raises it to each step that hears it."""
    for at, link in enumerate(drawn.links):
        for name in (*link.gives, *link.passes):
            yield {"from": at, "to": at + 1, "name": name, "up": False, "passes": name in link.passes}
    for back in drawn.backs:
        for name in back.controls:
            yield {"from": back.raiser, "to": back.hearer, "name": name, "up": True, "passes": False}
