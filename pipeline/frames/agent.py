"""The frames of the agent's turn."""

from pipeline.frames.frame import Frame
from pipeline.vocabulary import ReplyEnd


class ReplyText(Frame, frozen=True):
    """A piece of a reply that can be spoken by itself: a sentence or a clause."""

    turn: int
    text: str


class ReplyAhead(Frame, frozen=True):
    """The first piece of a reply being prepared before the turn is over: synthesise it, do not play it."""

    turn: int
    text: str


class ReplyEnded(Frame, frozen=True):
    """The end of a reply's text."""

    turn: int
    reason: ReplyEnd = ReplyEnd.DONE


class AudioOut(Frame, frozen=True):
    """A piece of the agent's speech, of any length."""

    turn: int
    pcm: bytes
    text: str  # the words spoken in it; empty for a filler, which is no part of the reply
    last: bool = True  # True for the last piece of those words


class AudioEnded(Frame, frozen=True):
    """The end of a reply's audio."""

    turn: int


class Media(Frame, frozen=True):
    """20 ms of audio for Twilio."""

    payload: bytes  # 160 bytes of G.711 mu-law, 20 ms


class Mark(Frame, frozen=True):
    """A mark for Twilio, which sends its name back once all media before it has been played."""

    name: str
