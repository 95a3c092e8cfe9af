"""One step of a reply with tools."""

from __future__ import annotations

from pipeline.llm.asked import Asked
from pipeline.llm.draft import Draft
from pipeline.llm.settings import DialogueSettings
from pipeline.llm.step import Step


def test_the_next_step_goes_on_with_the_words_of_this_one() -> None:
    """Of the model; what it has asked for is its own."""
    draft = Draft(DialogueSettings())
    draft.go_on(["One moment."], uses=True)
    step = Step(before=["Before."], worded=True, asked=[Asked(index=0, name="find", arguments="{}", whole=True)])
    assert step.meant == ["Before."] and step.requests == [("find", "{}")] and not step.is_whole
    step.draft = draft
    later = step.next([], words_only=True, further=True)
    assert later.before == ["One moment."] and later.words_only and later.worded and not later.requests
