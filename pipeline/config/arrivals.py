"""Arrivals: whether each frame and control that a step has a handler for can come to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pipeline import catalog
from pipeline.catalog import spec
from pipeline.catalog.spec import Step
from pipeline.config.findings import Findings
from pipeline.config.frame_flow import Kinds, any_covered, covers, gives, reaching, rising
from pipeline.faults import WordError
from pipeline.frames import Control, Frame
from pipeline.processor import Processor

Kind = type[Frame] | type[Control]


def unreached(steps: Sequence[Step], findings: Findings) -> None:
    """Note each frame and control that a step has a handler for, not declared `optional`, and that never comes to it.

    The steps must be in working order otherwise: a gap in the chain would be told of again at every step below it.
    """
    flow = zip(steps, reaching(steps), rising(steps), strict=False)
    for index, (step, frames, controls) in enumerate(flow):
        for kind in spec.required(step.kind):
            if not arrives(kind, (*frames, *controls)):
                text = f"`{step.word}` takes {kind.__name__}, which does not get here"
                findings.fault(step.place, text, "; ".join(filter(None, (_way(kind, steps, index), _declared(step)))))


def arrives(kind: Kind, kinds: Kinds) -> bool:
    """True if one of the classes is this one, or derives from it."""
    return any_covered((kind,), kinds)


def holder(kind: type[Frame], steps: Sequence[Step], index: int) -> Step | None:
    """Return the nearest step above this one that holds the frame, None if none does."""
    flow = reversed(list(zip(steps[:index], reaching(steps), strict=False)))
    kept = ((step, [each for each in come if covers(step.kind.holds, each)]) for step, come in flow)
    return next((step for step, kinds in kept if arrives(kind, kinds)), None)


def held(kind: type[Frame], step: Step, above: Step) -> str:
    """Return the hint for a step below one that holds its frame."""
    return f"`{above.word}`{line_of(above, step)} holds {kind.__name__}: put this step above it"


def line_of(step: Step, seen_from: Step) -> str:
    """Return a step's line for a message about another step, with its file unless both are in the same one."""
    if not step.line:
        return ""
    return f" on line {step.line}" if step.file == seen_from.file else f" at {step.file}:{step.line}"


def usable_steps() -> Iterator[tuple[str, type[Processor]]]:
    """Yield every built-in processor that can be used here, by its word."""
    for word in catalog.words():
        try:
            yield word, catalog.find(word)
        except WordError:  # its extra is not installed: no fault of this config
            continue


def _way(kind: Kind, steps: Sequence[Step], index: int) -> str:
    """Return what would bring a frame or a control to the step at this index."""
    step, above, below = steps[index], steps[:index], steps[index + 1 :]
    if issubclass(kind, Control):
        if (raiser := _giver(kind, reversed(above))) is not None:
            return f"controls travel up, and `{raiser.word}`{line_of(raiser, step)} raises it: put this step above that"
        return _words(kind, "below it, put", "raises it")
    if (taker := holder(kind, steps, index)) is not None:
        return held(kind, step, taker)
    if (giver := _giver(kind, below)) is not None:
        return f"`{giver.word}`{line_of(giver, step)} gives it: put this step below that"
    return _words(kind, "above it, put", "gives it")


def _giver(kind: Kind, steps: Iterable[Step]) -> Step | None:
    return next((each for each in steps if arrives(kind, gives(each))), None)


def _words(kind: Kind, place: str, does: str) -> str:
    """Return the hint that names the processors which give a class; no step of the chain does."""
    found = [f"`{word}`" for word, usable in usable_steps() if arrives(kind, usable.gives)]
    return f"{place} {' or '.join(found)}" if found else f"no step of this chain {does}"


def _declared(step: Step) -> str:
    return "" if step.word in catalog.words() else "if it need not come, name it in the class's `optional`"
