"""The running of one use: the tool is asked within its time, and the outcome is put into words for the model."""

from __future__ import annotations

import asyncio
import hashlib
from asyncio import CancelledError, Task
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, NamedTuple

import msgspec

from pipeline.call import Call
from pipeline.loop.exits import PASSED_ON, contained
from pipeline.tool import Result, ToolFailed, ToolRefused, ToolUnknown, View
from pipeline.uses.request import Request
from pipeline.uses.results import Unreadable, text_of, told
from pipeline.vocabulary import UseOutcome

KEPT = 64 * 1024  # characters of a fact that are looked at
MAYBE = "it may have been done, or not"

Spawn = Callable[[Coroutine[Any, Any, Result]], "Task[Result]"]


class Outcome(NamedTuple):
    """The end of a use: its outcome, the JSON that the model is told, and the result if there is one."""

    kind: UseOutcome
    text: str
    result: Result = Result()
    error: str = ""  # the class of the error that ended it


class TimedOut(Exception):
    """A tool has not answered in its time."""


def key_of(call: Call, request: Request, number: int, turn: int) -> str:
    """Return the key that repetitions of the same effect share; whether they do is the tool's setting `once`."""
    apart = {"call": "", "turn": f" {turn}", "no": f" {number}"}[request.tool.settings.once]
    words = f"{request.tool.name} {request.arguments}{apart}"
    return f"{call.sid}-{hashlib.sha256(words.encode()).hexdigest()[:16]}"


async def outcome(call: Call, request: Request, key: str, spawn: Spawn, rehearsed: bool) -> Outcome:
    """Use a tool, or rehearse it, and return the outcome; no error of the tool is raised.

    It has its time, `timeout`; a tool that goes on after that is left behind.
    """
    tool, view = request.tool, View(call, key, call.loop.time() + request.tool.settings.timeout)
    trial = tool.breaker.trial(call.loop.time, lambda state: call.log.warning("BREAKER {} {}", tool.name, state))
    try:
        if rehearsed:
            return _good(call, request, tool.rehearse(request.values))
        with trial:
            task = await _answered(request, view, spawn)
            trial.worked()
        return _good(call, request, task.result())
    except CancelledError:
        raise
    except ToolRefused as error:
        return Outcome(UseOutcome.REFUSED, told({"error": str(error)}), error=type(error).__name__)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - a tool's mistake is told to the model, and the call goes on
        return _bad(call, request, contained(error))


async def _answered(request: Request, view: View, spawn: Spawn) -> Task[Result]:
    """Return the task in which the tool has answered in its time; a refusal is an answer, other errors are raised."""
    task = spawn(_used(request, view))
    try:
        done, _ = await asyncio.wait({task}, timeout=request.tool.settings.timeout)
    except CancelledError:
        task.cancel()
        raise
    if not done:
        task.cancel()  # in a task of its own: one that swallows its cancellation must not hold the caller up
        raise TimedOut(f"no answer in {request.tool.settings.timeout:g} s")
    if task.cancelled():
        raise TimedOut("it was ended before it had answered")
    if not isinstance(task.exception(), ToolRefused):
        task.result()
    return task


async def _used(request: Request, view: View) -> Result:
    try:
        return await request.tool.use(request.values, view)
    except PASSED_ON:
        raise
    except BaseException as error:  # noqa: BLE001 - a SystemExit would end the loop, and every call on it
        raise contained(error) from None


def _good(call: Call, request: Request, result: Result) -> Outcome:
    result = msgspec.structs.replace(result, facts=_plain(call, request, result.facts))
    try:
        text = text_of(result.data, request.tool.settings.max_result)
    except Unreadable as error:
        if not request.tool.is_effect:
            return Outcome(UseOutcome.FAILED, told({"error": str(error)}), error=type(error).__name__)
        text = told({"state": "done", "error": str(error)})
    return Outcome(UseOutcome.DONE, text, result)


def _plain(call: Call, request: Request, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that the memory of a call can keep: those that are JSON."""
    kept = {}
    for name, value in facts.items():
        try:
            text_of({name: value}, KEPT)
        except Unreadable as error:
            call.log.error("FAULT in the tool {}: its fact {} is {}", request.tool.name, name, error)
        else:
            kept[name] = value
    return kept


def _bad(call: Call, request: Request, error: Exception) -> Outcome:
    name, settings = type(error).__name__, request.tool.settings
    words = str(error)[: settings.max_result]
    if not isinstance(error, ToolFailed | TimedOut):
        # Its own words may have a password or a customer in them: they are for the log.
        call.log.error("FAULT in the tool {}: {}", request.tool.name, name, error=error)
        words = "the tool has a fault; it cannot be used now"
    # Only a tool's own word is sure that nothing was done: a mistake may come after the deed, e.g. at its answer.
    lost = isinstance(error, ToolUnknown) or (request.tool.is_effect and not isinstance(error, ToolFailed))
    if lost and not settings.idempotent:
        text = f"{words}: {MAYBE}. It is not done again. Say so to the caller."
        return Outcome(UseOutcome.UNKNOWN, told({"state": "unknown", "error": text}), error=name)
    return Outcome(UseOutcome.UNKNOWN if lost else UseOutcome.FAILED, told({"error": words}), error=name)
