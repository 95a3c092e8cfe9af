"""The flow of a chain: the frames that come down to each step, and the controls that rise to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pipeline.catalog import spec
from pipeline.catalog.spec import Step
from pipeline.frames import CallEnded, Control, Frame, WireMessage

Kinds = Iterable[type[Frame] | type[Control]]

ENTERING: tuple[type[Frame], ...] = (WireMessage, CallEnded)  # frames that the chain itself lets in at the top


def reaching(steps: Sequence[Step], relays: bool = False) -> Iterator[tuple[type[Frame], ...]]:
    """Yield the classes of frames that reach each step, from the line down, and last, those that leave the chain.

    Frames that a step only relays count if asked for: a step that needs them needs their maker above it all the same.
    """
    kinds = ENTERING
    for step in steps:
        yield kinds
        kept = (kind for kind in kinds if not covers(step.kind.holds, kind))
        given = (kind for kind in gives(step) if issubclass(kind, Frame))
        relayed = step.kind.relays if relays else ()
        kinds = tuple(dict.fromkeys((*kept, *given, *relayed)))
    yield kinds


def rising(steps: Sequence[Step]) -> Iterator[tuple[type[Control], ...]]:
    """Yield the classes of controls that rise to each step: those raised by the steps below it."""
    for index in range(len(steps)):
        raised = (kind for below in steps[index + 1 :] for kind in gives(below) if issubclass(kind, Control))
        yield tuple(dict.fromkeys(raised))


def links(steps: Sequence[Step]) -> list[tuple[type[Frame], ...]]:
    """Return the frames between each step and the next: those that get there and are taken further down."""
    found = list(reaching(steps, relays=True))[1:-1]
    wanted = [{kind for step in steps[at:] for kind in spec.takes(step.kind)} for at in range(1, len(steps))]
    return [tuple(kind for kind in kinds if covers(some, kind)) for kinds, some in zip(found, wanted, strict=True)]


def gives(step: Step) -> tuple[type[Frame] | type[Control], ...]:
    """Return the frames and controls that a step makes, or one of its fallbacks: those push from its place."""
    makers = (step, *spec.fallbacks(step))
    return tuple(dict.fromkeys(kind for each in makers for kind in each.kind.gives))


def covers(declared: Kinds, kind: type[Frame] | type[Control]) -> bool:
    """True if a class, or one that it derives from, is among the declared ones."""
    return any(ancestor in declared for ancestor in kind.__mro__)


def any_covered(declared: Kinds, kinds: Kinds) -> bool:
    """True if one of the classes, or one that it derives from, is among the declared ones."""
    return any(covers(declared, kind) for kind in kinds)
