"""Results of a storm as text and as JSON."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from pipeline.faults import printable
from pipeline.installation import command
from pipeline.terminal.paint import GREEN, PLAIN, RED, YELLOW, Paint
from pipeline.tools.storm.invariants import RULES
from pipeline.tools.storm.options import StormOptions
from pipeline.tools.storm.plan import AT_ONCE, Plan
from pipeline.tools.storm.player import Judged, Outcome

NO_TURN = "all held, and nothing was shown of answers: no turn of a caller was heard"
SHOWN = 5  # breaches shown whole; the others have their first line alone
SAYS = {rule.__name__: (rule.__doc__ or "").split("\n")[0] for rule in RULES}


def again(options: StormOptions, seed: int) -> str:
    """Return the command that plays the five calls of a seed alone."""
    changes = [part for change in options.changes for part in ("--set", shlex.quote(change))]
    return " ".join([command("storm"), shlex.quote(options.config), *changes, f"--only {seed}"])


def as_text(options: StormOptions, outcomes: Sequence[Outcome], took: float, paint: Paint = PLAIN) -> str:
    """Return the breaches, each with its seed and the command that plays it again, and a summary."""
    rows: list[str] = []
    for outcome in outcomes:
        if outcome.trouble:
            rows += [f"✗ {outcome.seed}: the five calls broke their loop: {outcome.trouble}"]
            rows += [f"    {again(options, outcome.seed)}"]
        for call in outcome.calls:
            for number in range(len(call.breaches)):
                whole = sum(row.startswith("✗") for row in rows) < SHOWN
                rows += _rows(options, call, number, whole)
    shown = [paint(printable(row), RED) if row.startswith("✗") else printable(row) for row in rows]
    return "\n".join([*shown, *([""] if rows else []), *_summary(options, outcomes, took, paint)])


def _rows(options: StormOptions, call: Judged, number: int, whole: bool) -> list[str]:
    breach = call.breaches[number]
    head = f"✗ {call.plan.name} at {breach.at:.3f} s, {breach.rule}: {breach.text}"
    if not whole:
        return [head]
    about = [f"    {SAYS[breach.rule]}", f"    {told(call.plan)}", f"    {again(options, call.plan.seed)}"]
    return [head, *about, "    around it:", *(f"      {row}" for row in call.around[number]), ""]


def told(plan: Plan) -> str:
    """Return a call's plan in a line."""
    network = plan.network
    shares = {name: getattr(network, name) for name in network.__struct_fields__ if getattr(network, name)}
    said = [f"{each.kind} {each.at:.2f}+{each.length:g} s at {each.level:g}" for each in plan.sounds]
    noise = f"{plan.noise} at {plan.noise_level:g}" if plan.noise else "no noise"
    echo = f"echo {plan.echo:g} after {plan.echo_after:.2f} s" if plan.echo else "no echo"
    return f"{plan.length:.2f} s; {', '.join(said) or 'says nothing'}; {noise}; {echo}; {shares or 'a sound network'}"


def _summary(options: StormOptions, outcomes: Sequence[Outcome], took: float, paint: Paint) -> list[str]:
    calls = [call for outcome in outcomes for call in outcome.calls]
    silences = sorted(length for call in calls for length in call.silences)
    gaps = sorted(gap for call in calls for gap in call.gaps)
    broken = Counter(breach.rule for call in calls for breach in call.breaches)
    failed = sum(bool(call.breaches) for call in calls) + AT_ONCE * sum(bool(each.trouble) for each in outcomes)
    seconds, turns = sum(call.seconds for call in calls), sum(call.turns for call in calls)
    listed = ", ".join(f"{name} {count}" for name, count in broken.most_common())
    verdict = f"{failed} calls failed: {listed}" if failed else "all held" if turns else NO_TURN
    return [
        f"{len(calls)} calls, {turns} turns, {seconds:.0f} s of calls in {took:.0f} s, seed {options.seed}",
        f"response gap: {_spread(gaps)}",
        f"silence in the agent's turn: {_spread(silences)}",
        paint(verdict, RED if failed else GREEN if turns else YELLOW),
    ]


def _spread(values: Sequence[float]) -> str:
    shares = ", ".join(f"p{round(100 * share)} {_share(values, share):.2f} s" for share in (0.5, 0.9, 0.99))
    return f"{shares}, longest {max(values, default=0.0):.2f} s"


def _share(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def as_json(options: StormOptions, outcomes: Sequence[Outcome], took: float) -> str:
    """Return the results as JSON, every breach with its command; equal digests mean equal calls."""
    broken = [each for each in outcomes if each.trouble]
    data = {
        "seed": options.seed,
        "calls": sum(len(each.calls) for each in outcomes),
        "seconds": round(took, 1),
        "breaches": [row for outcome in outcomes for call in outcome.calls for row in _data(options, call)],
        "broken": [{"seed": each.seed, "again": again(options, each.seed), "text": each.trouble} for each in broken],
        "digests": {str(each.seed): each.digest for each in outcomes},
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode()


def _data(options: StormOptions, call: Judged) -> list[dict[str, Any]]:
    who = {"call": call.plan.name, "again": again(options, call.plan.seed)}
    pairs = zip(call.breaches, call.around, strict=True)
    return [{**who, "rule": it.rule, "at": it.at, "text": it.text, "around": around} for it, around in pairs]
