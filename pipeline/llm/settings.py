"""The settings that all language models share."""

from __future__ import annotations

from typing import Annotated

from pipeline.catalog import Steps
from pipeline.settings import Duration, StepSettings, doc
from pipeline.text import phrase


class DialogueSettings(StepSettings, frozen=True, kw_only=True):
    """Settings of every dialogue step: limits of a reply, preemptive generation, fixed sentences."""

    max_chars: Annotated[int, doc("Most characters of a reply; it ends after a sentence.", 20, 4000)] = 420
    max_sentences: Annotated[int, doc("Sentences that a reply may have.", 1, 50)] = 4
    first_clause: Annotated[bool, doc("Begin to speak after the first clause, not the first sentence.")] = True
    preemptive: Annotated[bool, doc("Begin the answer before the end of the caller's turn is sure.")] = True
    stable: Annotated[Duration, doc("How long the words must stay the same before an answer begins.", 0.02, 5)] = 0.2
    empty: Annotated[str, doc("Said for an empty reply; default: by language.")] = ""
    again: Annotated[str, doc("Said instead of a reply that repeats the last one; default: by language.")] = ""
    unheard: Annotated[str, doc("Said when speech had no words in it; default: by language.")] = ""
    failed: Annotated[str, doc("Said when the model failed; default: by language.")] = ""
    failing: Annotated[str, doc("Said when the next turn has failed, too; default: by language.")] = ""
    gave_up: Annotated[str, doc("Said before the agent hangs up, having given up; default: by language.")] = ""
    steps: Annotated[int, doc("Times that the model is asked in a reply with tools; the last is for words.", 1, 20)] = 4
    give_up: Annotated[
        int, doc("Failed turns in a row before it transfers the caller, or hangs up; 0: never.", 0, 100)
    ] = 3

    def fixed(self, name: str, language: str) -> str:
        """Return the fixed sentence of this field: as set, or the default of the language (BCP 47)."""
        return str(getattr(self, name)) or phrase(name, language)


class ModelSettings(DialogueSettings, frozen=True, kw_only=True):
    """Settings of a language model that can fail."""

    fallback: Annotated[Steps, doc("Models to ask when this one fails before it has said anything, in order.")] = ()
