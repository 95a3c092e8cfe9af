"""The settings of recognition by Google."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pipeline.asr import RecognizerSettings
from pipeline.settings import Duration, doc
from pipeline.text.languages import same_language
from processors._shared.google_account import (
    Credentials,
    account_doubts,
    account_faults,
    account_lacks,
    names_no_project,
)


class GoogleSettings(RecognizerSettings, frozen=True, kw_only=True):
    """The settings of recognition by Google: the recogniser, the languages, the time limits."""

    api: Annotated[Literal["v1", "v2"], doc("Version of Google's API.")] = "v1"
    model: Annotated[str, doc("Google's name of a model; blank: latest_long in v1, chirp_3 in v2.")] = ""
    location: Annotated[str, doc("Where Google recognises: global, us, eu, or a region.")] = "global"
    recognizer: Annotated[str, doc("v2: a recogniser of the project; _ is one without settings of its own.")] = "_"
    project: Annotated[str, doc("v2: Google's id of the project; blank: the credentials' own.")] = ""
    language: Annotated[str, doc("The callers' language, as BCP 47; blank: the config's language.")] = ""
    alternatives: Annotated[list[str], doc("Other languages that they may speak, at most three.")] = []
    phrases: Annotated[list[str], doc("Words that callers are likely to say.")] = []
    boost: Annotated[float, doc("How much likelier those words are; 0 leaves it to Google.", 0, 20)] = 10.0
    punctuation: Annotated[bool, doc("Have Google put full stops and commas.")] = True
    stream: Annotated[Literal["turn", "call"], doc("A stream for each turn, or one for the call.")] = "turn"
    interim: Annotated[bool, doc("Pass interim transcripts on while the caller speaks.")] = True
    final_timeout: Annotated[Duration, doc("How long after a turn's end better results are waited for.", 0, 5)] = 0.6
    timeout: Annotated[
        Duration, doc("Time limit for a turn's first words, from its end; after half of it, all is sent again.", 0.1, 9)
    ] = 3.0
    connect_timeout: Annotated[Duration, doc("Time limit for opening a stream.", 0.05, 10)] = 1.5
    stall: Annotated[Duration, doc("A caller who speaks this long without a result has all sent again.", 0.1, 30)] = 4.0
    silence_after: Annotated[Duration, doc("After this long without audio, Google is sent silence.", 0.05, 5)] = 1.0
    rotate_after: Annotated[Duration, doc("A stream of this age is replaced between turns.", 0.1, 290)] = 240.0
    rotate_hard: Annotated[
        Duration, doc("A stream of this age is replaced even in the middle of a word.", 0.1, 300)
    ] = 285.0
    credentials: Credentials = None
    endpoint: Annotated[str, doc("host:port to ask instead of Google's own.")] = ""
    insecure: Annotated[bool, doc("No encryption and no credentials: for a stand-in on this machine.")] = False

    def faults(self) -> Iterable[tuple[str, str]]:
        if self.insecure and not self.endpoint:
            yield "insecure", "is for an `endpoint` of your own; Google's are encrypted"
        if len(self.alternatives) > 3:
            yield "alternatives", "Google takes at most three"
        if self.rotate_after > self.rotate_hard:
            yield "rotate_after", "is longer than `rotate_hard`"
        if self.api == "v1" and self.model.startswith("chirp"):
            yield "model", f"`{self.model}` is in `api: v2` alone"
        yield from account_faults(self)
        if self.credentials is not None and self.needs_project:
            yield "project", "is needed by `api: v2`: the key file names none"

    def doubts_in(self, language: str) -> Iterable[tuple[str, str]]:
        heard = [self.language, *self.alternatives]
        if self.language and not any(same_language(each, language) for each in heard):
            yield "language", f"is not that of the config, {language}"

    def lacks(self) -> Iterable[tuple[str, str]]:
        yield from account_lacks(self)
        if self.credentials is None and self.needs_project:
            yield "project", "is needed by `api: v2`: the key of this machine has none"

    def doubts(self) -> Iterable[tuple[str, str]]:
        return account_doubts(self)

    @property
    def needs_project(self) -> bool:
        """True if v2 is asked and it is certain that no project is known."""
        return self.api == "v2" and not self.project and not self.insecure and names_no_project(self)
