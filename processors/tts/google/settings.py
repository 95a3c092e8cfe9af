"""The settings of Google's voices, and the meaning of a voice's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pipeline.settings import Duration, doc
from pipeline.text.languages import same_language
from pipeline.tts import VoiceSettings
from processors._shared.google_account import Credentials, account_doubts, account_faults, account_lacks

SESSIONS = 100  # streams at a time, a new project's quota
CHIRP = re.compile(r"Chirp|Journey", re.IGNORECASE)
PREFIX = re.compile(r"[a-z]{2,3}-[A-Z]{2}(?=-)")  # of a voice's name: its language; Gemini voices have none


class GoogleVoiceSettings(VoiceSettings, frozen=True, kw_only=True):
    """Settings of Google Text-to-Speech."""

    voice: Annotated[str, doc("Google's name of the voice, e.g. he-IL-Wavenet-A; blank: any of the language.")] = ""
    language: Annotated[str, doc("BCP 47; blank: the voice's own, or the call's.")] = ""
    model: Annotated[str, doc("Model of a Gemini voice, e.g. gemini-2.5-flash-tts.")] = ""
    mode: Annotated[
        Literal["auto", "unary", "streaming"], doc("Whole sentences or a stream; auto: a stream if the voice can.")
    ] = "auto"
    encoding: Annotated[Literal["mulaw", "linear16"], doc("Encoding of the sound on its way here.")] = "mulaw"
    speaking_rate: Annotated[float, doc("Speed; 1 is the voice's own.", 0.25, 2)] = 0.96
    pitch: Annotated[float, doc("Semitones; not for Chirp, not streamed.", -20, 20)] = 0.0
    volume_gain: Annotated[float, doc("Loudness, dB; not streamed.", -96, 16)] = 0.0
    effects: Annotated[tuple[str, ...], doc("Audio profiles that the sound is optimised for; not streamed.")] = (
        "telephony-class-application",
    )
    endpoint: Annotated[str, doc("Host of another region, e.g. eu-texttospeech.googleapis.com.")] = ""
    insecure: Annotated[bool, doc("Connect to `endpoint` without TLS or credentials: a stand-in.")] = False
    credentials: Credentials = None
    timeout: Annotated[Duration, doc("A request that takes longer has failed.", 0.1, 300)] = 30.0
    first_timeout: Annotated[Duration, doc("How long the first sound may take.", 0.1, 60)] = 1.5
    per_minute: Annotated[int, doc("Requests a minute, of all calls; 0: by the kind of voice.", 0, 100_000)] = 0
    sessions: Annotated[int, doc("Streams at a time, of all calls.", 1, 10_000)] = SESSIONS

    def faults(self) -> Iterator[tuple[str, str]]:
        prefix = PREFIX.match(self.voice)
        if self.insecure and not self.endpoint:
            yield "insecure", "needs an `endpoint`: Google itself speaks TLS only"
        if self.language and prefix and prefix[0].lower() != self.language.lower():
            yield "language", f"is not that of the voice, {prefix[0]}"
        if self.mode == "streaming" and self.voice and not streams(self.voice, self.model):
            yield "mode", "cannot be streaming: only Chirp 3 HD, Journey and Gemini voices can"
        yield from account_faults(self)

    def doubts_in(self, language: str) -> Iterable[tuple[str, str]]:
        spoken = self.spoken(language)
        if not same_language(spoken, language):
            yield "language" if self.language else "voice", f"speaks {spoken}, and `language` is {language}"

    def lacks(self) -> Iterable[tuple[str, str]]:
        return account_lacks(self)

    def doubts(self) -> Iterable[tuple[str, str]]:
        return account_doubts(self)

    @property
    def streamed(self) -> bool:
        """True if the sound comes as a stream."""
        return self.mode == "streaming" or (self.mode == "auto" and streams(self.voice, self.model))

    def spoken(self, of_call: str) -> str:
        """Return the language that the voice speaks, BCP 47: as set, as in its name, or the call's."""
        prefix = PREFIX.match(self.voice)
        return self.language or (prefix[0] if prefix else of_call)


def streams(voice: str, model: str) -> bool:
    """True if a voice can be streamed: Chirp 3 HD, Journey and Gemini can, WaveNet, Neural2 and Standard cannot."""
    gemini = model.startswith("gemini") or bool(voice and not PREFIX.match(voice))
    return gemini or bool(CHIRP.search(voice))
