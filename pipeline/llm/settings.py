"""What may be set of a language model, whichever it is."""

from __future__ import annotations

from typing import Annotated

from pipeline.catalog import Steps
from pipeline.settings import Duration, StepSettings, doc
from pipeline.text import phrase


class DialogueSettings(StepSettings, frozen=True, kw_only=True):
    """What may be set of every language model."""

    max_chars: Annotated[int, doc("A reply is cut at a sentence's end before this.", 20, 4000)] = 420
    max_sentences: Annotated[int, doc("Sentences a reply may have.", 1, 50)] = 4
    first_clause: Annotated[bool, doc("Begin to speak after the first clause, not the first sentence.")] = True
    preemptive: Annotated[bool, doc("Begin the answer when the caller seems to have said all, before it is sure.")] = (
        True
    )
    stable: Annotated[Duration, doc("Words that have not changed for so long seem to be all.", 0.02, 5)] = 0.2
    empty: Annotated[str, doc("Said for an empty reply; default: by language.")] = ""
    again: Annotated[str, doc("Said for the same reply as the last; default: by language.")] = ""
    unheard: Annotated[str, doc("Said when speech had no words in it; default: by language.")] = ""
    failed: Annotated[str, doc("Said when the model failed; default: by language.")] = ""

    def fixed(self, name: str, language: str) -> str:
        """One of the four sentences above, in the call's language unless it is set."""
        return str(getattr(self, name)) or phrase(name, language)


class ModelSettings(DialogueSettings, frozen=True, kw_only=True):
    """What may be set of a language model that may fail."""

    fallback: Annotated[Steps, doc("Models to ask when this one fails before it has said anything, in order.")] = ()
