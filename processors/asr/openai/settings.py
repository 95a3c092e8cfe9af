"""The settings of recognition by OpenAI, and the hints that they give to a model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pipeline.asr import RecognizerSettings
from pipeline.settings import Duration, Secret, doc
from pipeline.text.languages import same_language
from processors._shared.openai_address import OPENAI
from processors._shared.openai_client import BaseUrl, Key, account_doubts, account_faults, account_lacks

LISTED = ("gpt-transcribe", "gpt-live-transcribe")  # models that take lists of languages and keywords
LIVE = ("gpt-live-transcribe", "gpt-realtime-whisper")  # models of live sessions alone

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class OpenAiSettings(RecognizerSettings, frozen=True, kw_only=True):
    """The settings of recognition by OpenAI: the account, the hints, the way of sending, the time limits."""

    model: Annotated[
        str,
        doc("The provider's name of a model; models change, so none is preset.", sample="${ASR_MODEL}"),
    ]
    key: Key = Secret("")
    base_url: BaseUrl = OPENAI
    stream: Annotated[bool, doc("Send sound while the caller speaks, over OpenAI's realtime WebSocket.")] = False
    language: Annotated[str, doc("The callers' language, as BCP 47; blank: the config's language.")] = ""
    prompt: Annotated[str, doc("Words that callers are likely to say, as a sentence or a list.")] = ""
    phrases: Annotated[list[str], doc("Words that callers are likely to say, one by one.")] = []
    interim: Annotated[bool, doc("With `stream`: pass interim transcripts on while the caller speaks.")] = True
    encoding: Annotated[
        Literal["pcmu", "pcm"], doc("With `stream`: the sound sent, mu-law at 8 kHz or PCM at 24 kHz.")
    ] = "pcmu"
    extra: Annotated[dict[str, Any], doc("More fields of the request, or of the session's `transcription`.")] = {}
    timeout: Annotated[Duration, doc("Time limit for the transcript, from the turn's end.", 0.1, 9)] = 4.0
    connect_timeout: Annotated[
        Duration, doc("Time limit for a connection; a session may take twice that to open.", 0.05, 9)
    ] = 1.5
    rotate_after: Annotated[
        Duration, doc("With `stream`: a session of this age is replaced between turns.", 1, 3500)
    ] = 3000.0

    def faults(self) -> Iterable[tuple[str, str]]:
        yield from account_faults(self)
        if self.language and not _LANGUAGE.fullmatch(self.language):
            yield "language", "is no BCP 47 tag, e.g. en-US"
        if self.model.startswith(LIVE) and not self.stream:
            yield "model", f"`{self.model}` hears live sessions alone: set `stream: true`"

    def doubts_in(self, language: str) -> Iterable[tuple[str, str]]:
        if self.language and not same_language(self.language, language):
            yield "language", f"is not that of the config, {language}"

    def lacks(self) -> Iterable[tuple[str, str]]:
        return account_lacks(self, "ASR_MODEL")

    def doubts(self) -> Iterable[tuple[str, str]]:
        return account_doubts(self)

    @property
    def connect(self) -> float:
        """The connection's time limit, seconds, under the name that the shared client reads."""
        return self.connect_timeout


def hints(settings: OpenAiSettings, language: str) -> dict[str, Any]:
    """Return the language and the likely words, in the fields that the model takes; blank ones are left out.

    Source: https://platform.openai.com/docs/api-reference/audio/createTranscription, `languages` and `keywords`.
    """
    code = language.partition("-")[0].lower()
    if settings.model.startswith(LISTED):
        found: dict[str, Any] = {"languages": [code], "keywords": settings.phrases, "prompt": settings.prompt}
    else:
        found = {"language": code, "prompt": ", ".join(filter(None, (settings.prompt, *settings.phrases)))}
    return {name: value for name, value in found.items() if value}
