"""The frames of the telephone line."""

from pipeline.frames.frame import Frame
from pipeline.vocabulary import KeysEnd


class WireMessage(Frame, frozen=True):
    """A message as Twilio sent it; the only frame that enters a chain from outside."""

    data: bytes  # JSON text


class CallStarted(Frame, frozen=True):
    """The media stream is open; its audio follows."""

    call_sid: str
    stream_sid: str
    parameters: dict[str, str]  # the `<Parameter>`s of the TwiML


class AudioIn(Frame, frozen=True):
    """20 ms of the caller's audio."""

    pcm: bytes  # 320 bytes
    at: float  # stream time of its first sample, seconds
    voiced: bool | None = None  # True if it is speech; None until a vad has judged it


class Dtmf(Frame, frozen=True):
    """A key that the caller pressed."""

    digit: str  # one of 0-9 * # A-D; a bullet if it is one of a secret entry


class Keys(Frame, frozen=True):
    """An entry on the keypad that is over."""

    turn: int  # the caller's turn that its first key began
    digits: str  # 0-9 * # A-D, without the key that ended it; of a secret entry, which is in the memory, bullets
    why: KeysEnd
    name: str = ""  # under which the call's memory has it; blank: under none


class MarkPlayed(Frame, frozen=True):
    """Twilio's answer to a mark: all media sent before it has been played, or was dropped by a `clear`."""

    name: str


class CallEnded(Frame, frozen=True):
    """The stream is over; the last frame of a call."""

    reason: str  # a Cause, or the own words of a plug-in
