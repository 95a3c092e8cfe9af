"""The report of a call's uses: events, controls and log lines, with hidden values masked in all of them."""

from __future__ import annotations

from collections.abc import Collection

from pipeline.events import ToolExchange
from pipeline.frames import Control, ToolBegan, ToolEnded
from pipeline.memory import Use
from pipeline.tool import Tool
from pipeline.uses.results import MASK, masked
from pipeline.uses.running import Outcome
from pipeline.worker import Worker


class Report:
    """Tells of the uses of one call."""

    def __init__(self, worker: Worker) -> None:
        self._worker, self._call = worker, worker.call
        # A model may ask for a tool by a wrong name, with the right arguments.
        self._hidden = frozenset(name for tool in worker.call.tools for name in tool.settings.hide)

    def began(self, use: Use, tool: Tool, rehearsed: bool) -> None:
        """Tell that a use has begun."""
        use.began = round(self._now, 3)
        arguments = masked(use.arguments, tool.settings.hide)
        self._call.tell(self._event(use, arguments, rehearsed))
        self._raise(ToolBegan(use.number, use.turn, use.name, arguments, use.effect))

    def ended(self, use: Use, tool: Tool | None, end: Outcome, rehearsed: bool) -> None:
        """Tell the outcome of a use; of one that was never begun, its request as well."""
        hidden = tool.settings.hide if tool is not None else self._hidden
        arguments, after = masked(use.arguments, hidden), 0.0
        if use.began is None:
            self._call.tell(self._event(use, arguments, rehearsed))
        else:
            after = round(self._now - use.began, 3)
        event = self._event(use, arguments, rehearsed, after)
        self._call.tell(_with_result(event, end, hidden))
        if end.error:
            self._call.tell(_with(event, end, error=end.error))
        else:
            self._call.tell(_with(event, end, ended=True))
        self._call.log.info("TOOL {} {} {:.2f}s{}", use.name, end.kind, after, " (rehearsed)" if rehearsed else "")
        self._raise(ToolEnded(use.number, use.turn, use.name, end.kind, after))

    @property
    def _now(self) -> float:
        return self._call.loop.time() - self._call.started

    def _event(self, use: Use, arguments: str, rehearsed: bool, after: float | None = None) -> ToolExchange:
        to = f"{use.name} {arguments}"
        return ToolExchange(to, use.number, after, tool=use.name, rehearsed=rehearsed or None)

    def _raise(self, control: Control) -> None:
        # From the task of the use, and so from outside the chain; a call that is over has no steps to tell.
        self._worker.chain.enter(self._worker.raise_up, control)


def _with_result(event: ToolExchange, end: Outcome, hidden: Collection[str]) -> ToolExchange:
    facts = {name: MASK if name in hidden else value for name, value in end.result.facts.items()}
    text, grants = masked(end.text, hidden), end.result.grants or None
    return ToolExchange(event.to, event.ask, event.after, text, tool=event.tool, facts=facts or None, grants=grants)


def _with(event: ToolExchange, end: Outcome, error: str | None = None, ended: bool | None = None) -> ToolExchange:
    return ToolExchange(event.to, event.ask, event.after, None, error, ended, event.tool, end.kind, event.rehearsed)
