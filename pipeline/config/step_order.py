"""Fit of adjacent steps: each must be fed by the steps above it and must feed one below."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.catalog.spec import Step
from pipeline.config.arrivals import held, holder, line_of, unreached, usable_steps
from pipeline.config.findings import Findings
from pipeline.config.frame_flow import Kinds, any_covered, covers, gives, reaching
from pipeline.faults import FaultFound
from pipeline.frames import AudioOut, Frame, Media, ReplyText, Transcript, Utterance
from pipeline.processor import Processor

WORK: tuple[type[Frame], ...] = (Utterance, Transcript, ReplyText, AudioOut, Media)
"""Frames that a step below has to hold: one that leaves the chain is a caller who gets no answer."""

UNCALLED = ("begin", "close", "after_call")  # methods of a step that no frame has to call


def unfit(steps: Sequence[Step], findings: Findings) -> None:
    """Note the first link of the chain that does not hold, and not the faults that follow from it.

    In a chain that holds, note each frame and control that a step waits for in vain.
    """
    with findings.noting():
        _fed(steps)
        _heard(steps)
        unreached(steps, findings)


def _fed(steps: Sequence[Step]) -> None:
    """Check that each link of the chain is reached by the frames that it is for; raises FaultFound for the first.

    A step that makes and holds nothing is no link. A step that repeats another one, lacks a capability above it, or has
    nothing to do, is refused, too.
    """
    for index, (step, reached) in enumerate(zip(steps, reaching(steps), strict=False)):
        above, below = ([each.word for each in part] for part in (steps[:index], steps[index + 1 :]))
        if first := _first(step, steps[:index]):
            raise FaultFound(step.place, _twice(step, first), "one of them has to go")
        if lacking := _lacking(step, above):
            raise FaultFound(step.place, f"`{step.word}` needs `{lacking}` above it", _placed(lacking, below))
        if _is_idle(step):
            raise FaultFound(step.place, f"`{step.word}` does nothing: its class has no handler", "give it an `@on(…)`")
        if _is_link(step) and not any_covered(_wants(step.kind), reached):
            wanted = _names(_wants(step.kind)) or "no frame at all"
            text = f"`{step.word}` takes {wanted}, which does not get here"
            raise FaultFound(step.place, text, _giver(step, steps, reached))


def _is_link(step: Step) -> bool:
    """True if steps below may need this one: it makes frames, or holds them."""
    return bool(spec.gives(step.kind) or step.kind.holds)


def _is_idle(step: Step) -> bool:
    """True if a step has no handler, and none of the methods that are called without one."""
    return not step.kind.handlers and all(getattr(step.kind, it) is getattr(Processor, it) for it in UNCALLED)


def _heard(steps: Sequence[Step]) -> None:
    """Check that each step's frames are taken further down; raises FaultFound for the first step whose work is lost."""
    for index, step in enumerate(steps):
        below = steps[index + 1 :]
        given = [kind for kind in gives(step) if issubclass(kind, Frame)]
        lost = [kind for kind in given if kind in WORK and not any(covers(each.kind.holds, kind) for each in below)]
        # A step without WORK among its frames must be of use, too: a step below has to take one of them at least.
        if given and not any(any_covered(spec.takes(each.kind), given) for each in below):
            lost = given
        if lost:
            text = f"nothing below `{step.word}` takes what it gives: {_names(lost)}"
            raise FaultFound(step.place, text, _unheld(lost, below) or _one_of("below it, put", _takers(step, lost)))


def _unheld(lost: Kinds, below: Sequence[Step]) -> str:
    """Return the hint for a step of one's own that takes such a frame and does not say that it holds it."""
    own = [each for each in below if each.word not in catalog.words()]
    found = next(((each, kind) for each in own for kind in lost if covers(spec.takes(each.kind), kind)), None)
    return f"`{found[0].word}` takes {found[1].__name__}: if it uses it up, name it in its `holds`" if found else ""


def _first(step: Step, above: Sequence[Step]) -> Step | None:
    """Return a step above that does the same work, so that this one has none, or does it twice; None if none does."""
    makes = any(kind in WORK and not covers(spec.takes(step.kind), kind) for kind in spec.gives(step.kind))
    if not makes and not step.kind.holds:
        return None  # a filter: a second one works as well as the first
    return next((each for each in above if catalog.capability(each.word) == catalog.capability(step.word)), None)


def _twice(step: Step, first: Step) -> str:
    if step.word == first.word:
        return f"`{step.word}` stands twice, first{line_of(first, step)}"
    return f"a second `{catalog.capability(step.word)}`: the first is `{first.word}`{line_of(first, step)}"


def _wants(kind: type[Processor]) -> tuple[type[Frame], ...]:
    """Return the frames that a processor is for: those that it holds; if it holds none, those that it takes."""
    return kind.holds or spec.takes(kind)


def _lacking(step: Step, above: Sequence[str]) -> str:
    """Return the first capability that a step needs and that does not stand above it; blank if none."""
    standing = {*above, *map(catalog.capability, above)}
    return next((need for need in step.kind.needs if need not in standing), "")


def _placed(need: str, below: Sequence[str]) -> str:
    late = next((word for word in below if need in (word, catalog.capability(word))), "")
    words = [word for word in catalog.words() if need in (word, catalog.capability(word))]
    return f"move `{late}` above it" if late else _one_of("above it, put", words)


def _giver(step: Step, steps: Sequence[Step], reached: Kinds) -> str:
    """Return the hint for a step that is not fed: move a step that stands too low or too high, or add a missing one."""

    def could(kind: type[Processor]) -> bool:
        return kind is not step.kind and any_covered(_wants(step.kind), spec.gives(kind))

    def would(kind: type[Processor]) -> bool:
        return could(kind) and any_covered(_wants(kind), reached)

    above, below = steps[: steps.index(step)], steps[steps.index(step) + 1 :]
    for kind in _wants(step.kind):
        if (taker := holder(kind, steps, len(above))) is not None:
            return held(kind, step, taker)
    if late := next((each.word for each in below if would(each.kind)), ""):
        return f"move `{late}` above it"
    others = [*above, *below]
    # Only steps that are fed themselves, with this one out of the way, count as givers.
    flow = ((each, come) for each, come in zip(others, reaching(others), strict=False) if _is_link(each))
    fed = [each for each, come in takewhile(lambda pair: any_covered(_wants(pair[0].kind), pair[1]), flow)]
    if givers := [each.word for each in fed if each in below and any_covered(_wants(step.kind), spec.gives(each.kind))]:
        return f"move it below `{givers[-1]}`"
    usable = list(usable_steps())
    fitting = [word for word, kind in usable if would(kind)] or [word for word, kind in usable if could(kind)]
    return _one_of("above it, put", fitting)


def _takers(step: Step, lost: Kinds) -> list[str]:
    work = any(kind in WORK for kind in lost)
    kinds = [(word, kind.holds if work else _wants(kind)) for word, kind in usable_steps() if kind is not step.kind]
    return [word for word, wanted in kinds if any_covered(wanted, lost)]


def _one_of(verb: str, words: Sequence[str]) -> str:
    return f"{verb} {' or '.join(f'`{word}`' for word in words)}" if words else ""


def _names(kinds: Kinds) -> str:
    return ", ".join(sorted(kind.__name__ for kind in kinds))
