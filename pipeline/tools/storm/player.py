"""Play and judge five random calls of one agent at the same time, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from hashlib import sha256

import msgspec

from pipeline import events
from pipeline.agent import Agent, finish
from pipeline.asr import Recognizer
from pipeline.call import Call
from pipeline.catalog import capability
from pipeline.catalog.spec import Step, fallbacks
from pipeline.chain import Chain
from pipeline.config import Config
from pipeline.llm import Dialogue
from pipeline.loop.virtual import VirtualLoop, run_virtual
from pipeline.tools.storm.call_log import Breach, CallLog, Event
from pipeline.tools.storm.faulty_step import with_faulty_step
from pipeline.tools.storm.invariants import judge
from pipeline.tools.storm.monitor import with_monitor
from pipeline.tools.storm.plan import Plan, plans
from pipeline.tools.storm.providers import StormDialogue, with_storm_provider
from pipeline.tools.storm.response_times import silences
from pipeline.tools.storm.tools import with_storm_tools
from pipeline.tools.storm.used import Used
from pipeline.tools.storm.virtual_caller import VirtualCaller
from pipeline.tts import Voice, voice
from pipeline.vocabulary import Cause

BREATH = 1.0  # seconds of silence between turns that need no reason
LOOPS = (AssertionError, RuntimeError)  # errors of a virtual loop about tasks and callbacks left in it


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one call; `around` has, for each breach, the events around it."""

    plan: Plan
    seconds: float
    cause: str
    turns: int
    gaps: tuple[float, ...]
    silences: tuple[float, ...]
    breaches: tuple[Breach, ...] = ()
    around: tuple[tuple[str, ...], ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The result of five calls. `trouble` is an error of their loop; `digest` compares their events and messages."""

    seed: int
    calls: tuple[Judged, ...] = ()
    trouble: str = ""
    digest: str = ""

    @property
    def failed(self) -> bool:
        """True if an invariant was broken, or the loop."""
        return bool(self.trouble) or any(each.breaches for each in self.calls)


def play(config: Config, seed: int) -> Outcome:
    """Play the five calls of a seed. Raises the error of a step that cannot be opened."""
    mixed = with_storm_providers(config, seed)
    try:
        logs = run_virtual(_play(mixed, plans(seed)))
    except LOOPS as error:
        return Outcome(seed=seed, trouble=f"{type(error).__name__}: {error}")
    return Outcome(seed=seed, calls=tuple(_judged(*each) for each in logs), digest=_digest(logs))


def with_storm_providers(config: Config, seed: int) -> Config:
    """Return the config with a storm's providers and tools in place of its own, a monitor, and at times a bad step."""
    introductions = _introductions(config.steps)
    steps = [with_storm_provider(step, seed) for step in config.steps]
    for place, step in enumerate(steps):
        if issubclass(step.kind, StormDialogue):
            settings = msgspec.structs.replace(step.settings, introductions=introductions)
            steps[place] = msgspec.structs.replace(step, settings=settings)
    mixed = with_faulty_step(with_monitor(tuple(steps)), seed)
    return msgspec.structs.replace(config, steps=mixed, tools=with_storm_tools(config.tools, seed))


async def _play(config: Config, crowd: Sequence[Plan]) -> list[tuple[Plan, CallLog]]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    async with Agent.open(config) as agent:
        calls = [loop.create_task(_call(agent, loop, plan)) for plan in crowd]
        return list(zip(crowd, await asyncio.gather(*calls), strict=True))


async def _call(agent: Agent, loop: VirtualLoop, plan: Plan) -> CallLog:
    await asyncio.sleep(plan.starts)
    config, phone, told = agent.config, VirtualCaller(loop, plan), list[Event]()

    def watch(_: float, event: events.Event) -> None:
        told.append((phone.now, event.what, event.particulars()))

    name, watchers = caller_name(plan.number), (watch, phone.watch)
    call = Call(plan.sid, phone, loop, language=config.language, caller=name, watchers=watchers, acts=True)
    used = Used(call) if config.tools else None
    chain = agent.answer(call)
    await phone.talk(chain, phone.microphone)
    await finish(chain, Cause.REFUSED if phone.rejected else Cause.STOP)
    log = _logged(config, phone, chain, told, used)
    if used is not None:
        await used.finish(agent, chain)
    return log


def _logged(config: Config, phone: VirtualCaller, chain: Chain, told: list[Event], used: Used | None) -> CallLog:
    pacer = next(step.settings for step in config.steps if capability(step.word) == "pacer")
    return CallLog(
        chain.call,
        chain,
        told,
        [(at, {"event": message["event"], **message.get("mark", {})}) for at, message in phone.messages],
        phone.now,
        patience(config.steps),
        lead=pacer.lead,
        burst=min(pacer.burst, pacer.lead),
        wrong=phone.wrong,
        late_marks=phone.plan.network.mark_late,
        introductions=_introductions(config.steps),
        others=tuple(caller_name(each) for each in range(5) if each != phone.plan.number),
        used=used,
    )


def caller_name(number: int) -> str:
    """Return a caller's name, which is in all words said to them."""
    return f"caller number {number}"


def _judged(plan: Plan, log: CallLog) -> Judged:
    breaches = judge(log)
    return Judged(
        plan=plan,
        seconds=round(log.ended, 3),
        cause=log.call.cause,
        turns=len(log.timeline.utterances),
        gaps=tuple(round(gap, 3) for gap in log.timeline.gaps),
        silences=tuple(round(length, 3) for _, length in silences(log)),
        breaches=tuple(breaches),
        around=tuple(tuple(log.around(each.at)) for each in breaches),
    )


def patience(steps: Sequence[Step]) -> float:
    """Return the longest silence by design, in seconds: the sum of all providers' and fallbacks' time limits."""
    longest = BREATH
    for step in steps:
        places = (step, *fallbacks(step))
        if issubclass(step.kind, Recognizer | Dialogue):
            longest += len(places) * step.kind.answers_within
        elif issubclass(step.kind, Voice):
            longest += voice.RETRY + sum(max(voice.PATIENCE, each.settings.first_timeout) for each in places)
    return longest


def _digest(logs: Sequence[tuple[Plan, CallLog]]) -> str:
    # Of each event the time and name, of each message all but its sound.
    told = [([each[:2] for each in log.events], log.sent, log.call.cause) for _, log in logs]
    return sha256(repr(told).encode()).hexdigest()[:16]


def _introductions(steps: Sequence[Step]) -> tuple[str, ...]:
    filters = (step.settings for step in steps if capability(step.word) == "intro_filter")
    return tuple(each for settings in filters for each in settings.introductions)
