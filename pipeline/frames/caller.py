"""The frames of the caller's turn."""

from pipeline.frames.frame import Frame
from pipeline.vocabulary import DropReason


class SpeechStarted(Frame, frozen=True):
    """The start of a caller's turn; every older turn is void from here on."""

    turn: int
    at: float  # stream time of the first voiced frame, seconds
    pcm: bytes = b""  # the pre-roll and the frames up to the last AudioIn, which a recogniser must hear first
    since: float = 0.0  # seconds since that first voiced frame began


class SpeechHeld(Frame, frozen=True):
    """Voice over the agent, which may be an interruption or not: the agent pauses, and a recogniser listens already.

    It is no turn yet, and every older one stands. `SpeechStarted` of this turn follows if it is an interruption,
    TurnDropped if not; before that the voice may pause and go on, with another SpeechHeld.
    """

    turn: int  # the number that it has if it becomes a turn
    at: float  # stream time of the first voiced frame, seconds
    pcm: bytes = b""  # as in SpeechStarted
    since: float = 0.0  # seconds since that first voiced frame began
    within: float = 1.0  # seconds in which it is decided: if no frame tells of it by then, the agent goes on


class SpeechReleased(Frame, frozen=True):
    """The end of a pause of the agent: the voice that it heard was short, and the agent goes on where it stopped."""

    turn: int  # of the SpeechHeld; its words may still make it an interruption


class TurnLikely(Frame, frozen=True):
    """A pause after which the caller's turn may be over: work on the answer begins, and none of it is heard yet.

    `SpeechStopped` follows if the silence lasts; nothing does if the caller goes on.
    """

    turn: int
    over: float  # the probability that it is over, 0 to 1; 0.5 if the voice tells nothing
    silence: float  # seconds of silence, counted as in SpeechStopped, that end it then


class SpeechStopped(Frame, frozen=True):
    """The end of a caller's turn, by endpointing."""

    turn: int
    at: float  # stream time of the decision, seconds
    silence: float = 0.0  # seconds without voice before it


class Utterance(Frame, frozen=True):
    """The whole sound of a caller's turn."""

    turn: int
    pcm: bytes  # from the start of the pre-roll to the decision that the turn is over
    started: float  # stream time of the first voiced frame, seconds
    ended: float  # stream time of the end of the last voiced frame, seconds
    voiced: float  # total length of its voiced frames, seconds


class HeldUtterance(Utterance, frozen=True):
    """The whole sound of speech that is held, and ended before it was an interruption: its words decide."""


class TurnDropped(Frame, frozen=True):
    """The end of a turn that needs no answer; a reply that it held up may go on."""

    turn: int
    reason: DropReason


class Transcript(Frame, frozen=True):
    """A recogniser's transcript of a turn, interim or final; empty text means speech without words."""

    turn: int
    text: str
    final: bool = True
    language: str = ""  # BCP 47, e.g. he-IL
    confidence: float = 0.0  # 0 to 1; 0 if the recogniser gives none
    failed: bool = False  # True if recognition failed: words may have been said, and are lost
