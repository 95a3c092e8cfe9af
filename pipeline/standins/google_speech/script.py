"""The script of the Google Speech-to-Text stand-in: its texts, its timing, its faults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

Trouble = Literal["status", "mute", "no_final", "unplaced", "empty", "blank", "duplicated", "unordered", "revised"]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault on some or all streams.

    status: the stream ends with `code` after so much audio, or where its last result belongs if `after` is below 0.
    mute: audio is taken, and nothing is answered to what comes after so much. unplaced: results without a time.
    no_final: interim results alone, and no end. empty: a response without results in the place of the last one. blank:
    white space. duplicated: each final result twice. unordered: the second half of each final result before the first.
    revised: before each another one, for the same sound.
    """

    do: Trouble
    code: str = "UNAVAILABLE"  # grpc's name of a status
    text: str = "as the script says"
    after: float = 0.0  # seconds of audio
    streams: list[int] | None = None  # counted from 0; None: every stream


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """The stand-in's behaviour; times in seconds. The defaults are like Google's own."""

    say: Sequence[str] = ("hello",)  # transcripts, one for each final result, over and over
    tones: dict[str, float] = {}  # instead of `say`: words spoken as tones of these pitches, Hz, of 120 ms or more
    interim_every: float = 0.15  # seconds of voice per interim word: six or seven syllables a second, two to a word
    stability: float = 0.9  # of an interim result; Google's are about 0.9 or 0.01
    confidence: float = 0.92
    language: str = ""  # in the answer; blank: the one asked for, in lower case, as Google writes it
    final_delay: float = 0.25  # from half-close to the last result; live streams are reported at 0.2 to 0.5
    endpoint: float = 0.8  # silence after which a result is final without a half-close; 0: none is
    limit: float = 305.0  # how long a stream may last, as Google's error message says
    no_audio_limit: float = 10.0  # a stream without audio for so long is aborted
    deaf_connections: int = 0  # connections that are accepted and never answered, before the first that is
    faults: list[Fault] = []

    def fault(self, number: int) -> Fault | None:
        """Return the fault of a stream, counted from 0; None if it has none."""
        return next((it for it in self.faults if it.streams is None or number in it.streams), None)
