"""Google's Speech-to-Text, v1 and v2, behind one interface: a channel, the messages of a stream, its results.

The client packages take a second to import; they are imported when a config that names them is opened, not earlier.
Source: https://cloud.google.com/speech-to-text/docs/reference/rpc
"""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline.faults import KavError
from processors._shared.clean import clean
from processors._shared.google_account import UNPROXIED, authorize

if TYPE_CHECKING:
    from processors.asr.google.settings import GoogleSettings

LONGEST_STREAM = 330.0  # seconds: above Google's own limit, so that its error is the one seen
LONGEST_PAUSE = 8.0  # seconds: the longest pause after a refusal for want of quota
RATE = 8000
MODELS = {"v1": "latest_long", "v2": "chirp_3"}
OPTIONS = [("grpc.use_local_subchannel_pool", 1)]  # a new channel is a new connection


class Result(msgspec.Struct, frozen=True):
    """A transcript of the stream's sound up to a place in it."""

    text: str
    end: float  # seconds from the stream's first sample; 0 if Google gives none
    final: bool
    confidence: float
    language: str  # BCP 47, as the rest of Kav writes it


class Channel:
    """A connection and the number of its streams; a stale one is closed with the last of them."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self.streams = 0
        self.stale = False

    async def release(self) -> None:
        """Count one stream fewer, and close a stale channel after its last."""
        self.streams -= 1
        if self.stale and not self.streams:
            await self.transport.close()


class GoogleSpeech:
    """The parts that all calls of a config share: a channel, the first message of each stream, the wait for quota."""

    def __init__(self, settings: GoogleSettings, language: str) -> None:
        self.settings = settings
        self.language = settings.language or language
        self.languages = [to_google(self.language), *map(to_google, settings.alternatives)]
        self.messages = importlib.import_module(f"google.cloud.speech_{settings.api}")
        self.grpc = importlib.import_module("grpc")
        self.refusals = 0  # refusals for want of quota, in a row
        self._ready_at = 0.0  # loop time from which a stream may be opened
        self._credentials: Any = None
        self._project = settings.project

    @property
    def host(self) -> str:
        """The host to ask: the `endpoint` of the settings, or that of their location."""
        region = "" if self.settings.location == "global" else f"{self.settings.location}-"
        return self.settings.endpoint or f"{region}speech.googleapis.com"

    async def open(self) -> None:
        """Find credentials and begin to connect; raises KavError if no usable credentials are found."""
        if not self.settings.insecure:
            self._credentials, project = await asyncio.to_thread(authorize, self.settings)
            self._project = self._project or project
        self.first = self._v1() if self.settings.api == "v1" else self._v2()
        self.channel = self._connect()

    async def close(self) -> None:
        await self.channel.transport.close()

    def renew(self, stale: Channel) -> None:
        """Replace a channel that has gone silent; the next stream uses the new one."""
        if stale is self.channel:
            stale.stale = True
            self.channel = self._connect()

    def exhausted(self, chance: float) -> None:
        """Open no stream for a while, as no quota is left: up to 8 s, doubled with each refusal in a row.

        `chance`, 0.5 to 1, spreads the calls' next attempts.
        """
        now = asyncio.get_running_loop().time()
        if now >= self._ready_at:
            self._ready_at = now + chance * min(LONGEST_PAUSE, 2.0**self.refusals)
            self.refusals += 1

    def patience(self) -> float:
        """Seconds for which no stream may be opened; 0 or less: one may be opened now."""
        return self._ready_at - asyncio.get_running_loop().time()

    def audio(self, ulaw: bytes) -> Any:
        """Return a message with audio."""
        if self.settings.api == "v1":
            return self.messages.StreamingRecognizeRequest(audio_content=ulaw)
        return self.messages.StreamingRecognizeRequest(audio=ulaw)

    def results(self, response: Any) -> list[Result]:
        """Return the results in a response: each final one, then all interim ones joined into one."""
        found = [_result(each) for each in response.results if each.alternatives]
        finals = [each for each in found if each.final]
        interim = [each for each in found if not each.final]
        if interim:
            text = "".join(each.text for each in interim)  # the stable part, then the part that may still change
            finals.append(msgspec.structs.replace(interim[-1], text=text, end=max(each.end for each in interim)))
        return [msgspec.structs.replace(each, text=clean(each.text)) for each in finals]

    def _connect(self) -> Channel:
        settings = self.settings
        package = f"google.cloud.speech_{settings.api}.services.speech.transports"
        kind = importlib.import_module(package).SpeechGrpcAsyncIOTransport
        if settings.insecure:
            channel = self.grpc.aio.insecure_channel(self.host, options=[*OPTIONS, UNPROXIED])
        else:
            channel = kind.create_channel(self.host, credentials=self._credentials, options=OPTIONS)
        channel.get_state(try_to_connect=True)  # so that the first caller does not wait for it
        return Channel(kind(channel=channel))

    def _v1(self) -> Any:
        settings = self.settings
        config: dict[str, Any] = {
            "encoding": "MULAW",
            "sample_rate_hertz": RATE,
            "language_code": self.languages[0],
            "alternative_language_codes": self.languages[1:],
            "model": settings.model or MODELS["v1"],
            "enable_automatic_punctuation": settings.punctuation,
        }
        if settings.phrases:
            config["adaptation"] = {"phrase_sets": [self._phrases()]}
        streaming = {"config": config, "interim_results": True}
        return self.messages.StreamingRecognizeRequest(streaming_config=streaming)

    def _v2(self) -> Any:
        settings = self.settings
        if not self._project and not settings.insecure:
            raise KavError("the credentials name no project; set `project`")
        place = f"projects/{self._project or 'none'}/locations/{settings.location}"
        config: dict[str, Any] = {
            "explicit_decoding_config": {"encoding": "MULAW", "sample_rate_hertz": RATE, "audio_channel_count": 1},
            "language_codes": self.languages,
            "model": settings.model or MODELS["v2"],
            "features": {"enable_automatic_punctuation": settings.punctuation},
        }
        if settings.phrases:
            config["adaptation"] = {"phrase_sets": [{"inline_phrase_set": self._phrases()}]}
        return self.messages.StreamingRecognizeRequest(
            recognizer=f"{place}/recognizers/{settings.recognizer}",
            streaming_config={"config": config, "streaming_features": {"interim_results": True}},
        )

    def _phrases(self) -> dict[str, Any]:
        boost = {"boost": self.settings.boost} if self.settings.boost else {}
        return {"phrases": [{"value": phrase, **boost} for phrase in self.settings.phrases]}


def to_google(language: str) -> str:
    """Return Google's name of a language: it still calls Hebrew `iw`."""
    first, _, rest = language.partition("-")
    return f"iw-{rest or 'IL'}" if first.lower() in ("he", "iw") else language


def from_google(language: str) -> str:
    """Return a language named by Google as BCP 47 writes it; Google's answers may change its case."""
    first, _, rest = language.partition("-")
    first = first.lower().replace("iw", "he")
    return f"{first}-{rest.upper() if len(rest) == 2 else rest}" if rest else first


def _result(result: Any) -> Result:
    end = result.result_end_time if hasattr(result, "result_end_time") else result.result_end_offset
    best = result.alternatives[0]
    seconds = end.total_seconds() if end is not None else 0.0
    return Result(best.transcript, seconds, result.is_final, best.confidence, from_google(result.language_code))
