"""One step of a reply with tools: a question to the model, and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.llm.asked import Asked
from pipeline.llm.draft import Draft
from pipeline.memory import Use


@dataclass
class Step:
    """One question to the model, of the several that a reply with tools may have."""

    known: tuple[Use, ...] = ()  # the uses whose results it is told, and the caller is not
    words_only: bool = False  # it is offered no tool
    before: Sequence[str] = ()  # the model's pieces in the steps before
    worded: bool = False  # the reply has words
    further: bool = False  # it is not the first
    said: bool = False  # there are words in this step
    answered: bool = False  # of the model
    reads_back: bool = False  # an effect was read back: the caller's word is next
    asked: list[Asked] = field(default_factory=list)
    draft: Draft | None = None

    @property
    def meant(self) -> Sequence[str]:
        """The model's pieces so far."""
        return self.before if self.draft is None else self.draft.meant

    @property
    def is_whole(self) -> bool:
        """True if the reply has reached its limits."""
        return self.draft is not None and self.draft.is_whole

    @property
    def requests(self) -> list[tuple[str, str]]:
        """The names and arguments of the tools that were asked for."""
        return [(each.name, each.arguments) for each in self.asked]

    def next(self, known: Sequence[Use], words_only: bool, further: bool) -> Step:
        """Return the step after this one."""
        # The limits of a reply hold for all its steps together: the model has its words before it, said or not yet, and
        # what is said next goes on with them.
        return Step(tuple(known), words_only, self.meant, self.worded, further)
