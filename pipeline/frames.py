"""What travels through a chain: frames go down, towards the caller's ear; controls go up, towards the caller's voice.

A class says its own direction, so nothing else has to. Every time is in seconds of one of two clocks: *stream time*
counts the caller's audio from the start of the stream, *loop time* is `loop.time()`. Every piece of sound named `pcm`
is signed 16-bit little-endian mono at 8000 Hz, so 20 ms are 320 bytes.
"""

import msgspec

from pipeline.vocabulary import DropReason, ReplyEnd


class Frame(msgspec.Struct, frozen=True, weakref=True):
    """Something that travels down the chain."""


class Control(msgspec.Struct, frozen=True, weakref=True):
    """Something that travels up the chain."""


# ---- from the telephone line --------------------------------------------------------------------------------------


class WireMessage(Frame, frozen=True):
    """One message as Twilio sent it; the only frame that enters a chain from outside."""

    data: bytes  # JSON text


class CallStarted(Frame, frozen=True):
    """The media stream is open and its audio is about to come."""

    call_sid: str
    stream_sid: str
    parameters: dict[str, str]  # the TwiML's <Parameter>s


class AudioIn(Frame, frozen=True):
    """20 ms of what the caller sounds like."""

    pcm: bytes  # 320 bytes
    at: float  # stream time of its first sample, seconds
    voiced: bool | None = None  # None until a vad has judged it


class Dtmf(Frame, frozen=True):
    """The caller pressed a key."""

    digit: str  # one of 0-9 * # A-D


class MarkPlayed(Frame, frozen=True):
    """Twilio says that everything sent before this mark has been played, or was flushed by a clear."""

    name: str


class CallEnded(Frame, frozen=True):
    """The stream is over; the last frame of a call."""

    reason: str  # a Cause, or the own words of a plug-in


# ---- the caller's turn --------------------------------------------------------------------------------------------


class SpeechStarted(Frame, frozen=True):
    """The caller began to speak; every older turn is void from here on."""

    turn: int
    at: float  # stream time of the first voiced frame, seconds
    pcm: bytes = b""  # the pre-roll and all up to the last AudioIn: what a recogniser must hear first


class SpeechStopped(Frame, frozen=True):
    """The caller's turn is over, as far as silence can tell."""

    turn: int
    at: float  # stream time at which that was decided, seconds


class Utterance(Frame, frozen=True):
    """What the caller said in one go, whole."""

    turn: int
    pcm: bytes  # from the start of the pre-roll to the decision
    started: float  # stream time of the first voiced frame, seconds
    ended: float  # stream time of the end of the last voiced frame, seconds
    voiced: float  # how much of it was voice, seconds


class TurnDropped(Frame, frozen=True):
    """A turn that had begun came to nothing: nobody needs to answer it, and what it stopped may go on."""

    turn: int
    reason: DropReason


class Transcript(Frame, frozen=True):
    """What a recogniser understood; empty text if there was speech and no words were found in it."""

    turn: int
    text: str
    final: bool = True
    language: str = ""  # BCP 47, e.g. he-IL
    confidence: float = 0.0  # 0 to 1; 0 if the recogniser does not say


# ---- the agent's turn ---------------------------------------------------------------------------------------------


class ReplyText(Frame, frozen=True):
    """A piece of the reply that can be spoken by itself: a sentence or a clause."""

    turn: int
    text: str


class ReplyAhead(Frame, frozen=True):
    """How the reply will begin if the caller says no more: its sound can be made, and is not to be heard yet."""

    turn: int
    text: str


class ReplyEnded(Frame, frozen=True):
    """The reply has no more pieces."""

    turn: int
    reason: ReplyEnd = ReplyEnd.DONE


class AudioOut(Frame, frozen=True):
    """A piece of the agent's voice, of any length."""

    turn: int
    pcm: bytes
    text: str  # the words that it belongs to
    last: bool = True  # the last piece of those words


class AudioEnded(Frame, frozen=True):
    """The reply has no more sound."""

    turn: int


class Media(Frame, frozen=True):
    """One piece of sound for Twilio."""

    payload: bytes  # 160 bytes of G.711 mu-law, 20 ms


class Mark(Frame, frozen=True):
    """A name that Twilio sends back once everything before it has been played."""

    name: str


# ---- controls -----------------------------------------------------------------------------------------------------


class Clear(Control, frozen=True):
    """Twilio shall forget what it has not played yet."""

    turn: int


class Interrupt(Control, frozen=True):
    """The agent was cut short; whoever prepares more of that reply stops."""

    turn: int  # the turn of the reply that was cut
    heard: str  # the words that the caller has heard of it
    heard_seconds: float


class AgentSpeaking(Control, frozen=True):
    """The agent's voice begins, or has ended."""

    on: bool
    heard: str = ""  # when it ended by itself: all that the caller has heard of it


class Hangup(Control, frozen=True):
    """The call shall end."""

    reason: str  # a Cause, or the own words of a plug-in
