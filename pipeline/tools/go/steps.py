"""The four steps of the GO test: the caller's actions and the judge of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from pipeline.installation import command
from pipeline.phone.script import Action, InterruptAfter, Wait, WaitReply
from pipeline.tools.go import checks
from pipeline.tools.go.checks import GREETED, OVER, Judged
from pipeline.tools.go.observed import Expected, ObservedCall
from pipeline.tools.go.verdict import Trouble, Verdict, unreached

CallerLine = Sequence[Action]  # one utterance of the caller, and a stand-in's answers to it

FAILED = (
    f"the log says why: look for PROVIDER_ERR, TTS_ERR and FAULT; `{command('check --online')}` asks each provider once"
)
AGAIN = 2.0  # seconds to wait for a second answer, a fault


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the test: its name, the caller's actions, and its judge."""

    name: str
    script: Callable[[Sequence[CallerLine], Expected], list[Action]]
    judge: Callable[[ObservedCall, Expected], Judged]

    def verdict(self, number: int, heard: ObservedCall, expected: Expected) -> Verdict:
        """Judge a call of this step; a call without a stream fails, and so does one with protocol warnings."""
        if not heard.reached:
            return Verdict(step=number, name=self.name, troubles=(unreached(heard.result.error or "no stream opened"),))
        figures, troubles, unjudged = self.judge(heard, expected)
        troubles += [Trouble(str(it), "send text frames of JSON with raw mu-law") for it in heard.result.warnings[:1]]
        failures = heard.inside.troubles.failures if heard.inside is not None else []
        troubles += [Trouble(each, FAILED) for each in failures]
        return Verdict(step=number, name=self.name, figures=figures, troubles=tuple(troubles), unjudged=tuple(unjudged))


def at_once(lines: Sequence[CallerLine], expected: Expected) -> list[Action]:
    """Speak from the first frame on, and wait for one answer."""
    return [*lines[0], WaitReply(timeout=expected.patience), Wait(seconds=AGAIN)]


def over(lines: Sequence[CallerLine], expected: Expected) -> list[Action]:
    """Ask, interrupt the answer, and wait for the next one."""
    speech, *answers = lines[1]
    interruption = InterruptAfter(seconds=OVER, speech=speech, timeout=expected.patience)
    return [*lines[0], interruption, *answers, WaitReply(timeout=expected.patience)]


def nothing(_: Sequence[CallerLine], expected: Expected) -> list[Action]:
    """Stay silent for as long as a greeting may take to come."""
    return [Wait(seconds=expected.after + GREETED + 0.5)]


def turns(lines: Sequence[CallerLine], expected: Expected) -> list[Action]:
    """Say up to four lines, and wait for the answer to each."""
    return [step for line in lines[:4] for step in (*line, WaitReply(timeout=expected.patience))]


STEPS = (
    Step(name="speak at once", script=at_once, judge=checks.check_at_once),
    Step(name="speak over it", script=over, judge=checks.check_over),
    Step(name="say nothing", script=nothing, judge=checks.check_nothing),
    Step(name="one introduction", script=turns, judge=checks.check_turns),
)
