"""The controls, which go up the chain."""

from pipeline.frames.frame import Control
from pipeline.vocabulary import UseOutcome


class Clear(Control, frozen=True):
    """An order to Twilio to drop the audio that it has buffered and not played yet."""

    turn: int


class Interrupt(Control, frozen=True):
    """A barge-in: the reply was cut short, and steps that prepare more of it stop."""

    turn: int  # turn of the reply that was cut
    heard: str  # the words of it that the caller has heard
    heard_seconds: float
    silent_after: float = 0.0  # seconds from the caller's first voiced frame to the agent's silence


class ReplyHeld(Control, frozen=True):
    """The agent has paused in a reply: how far the caller has heard it."""

    turn: int  # of the SpeechHeld for which it has paused
    heard: str  # the words of the reply that the caller has heard
    left: float | None  # seconds of its sound that the caller has not heard; None while more is made


class WordsHeld(Control, frozen=True):
    """A recogniser's words of a turn that began as SpeechHeld, for the step that decides on it; as in Transcript."""

    turn: int
    text: str
    final: bool = True
    language: str = ""
    confidence: float = 0.0
    failed: bool = False


class SentenceOpen(Control, frozen=True):
    """The caller's words so far cannot end a sentence, or now they can: a pause after them ends the turn late.

    Of words that ask, `asks`, the voice rises at the end: it tells nothing of whether the caller goes on.
    """

    turn: int
    open: bool
    asks: bool = False


class StopReply(Control, frozen=True):
    """An order to stop the reply under way, audible or not, as if the caller had spoken over it."""


class ReplyStopped(Interrupt, frozen=True):
    """The same as a barge-in for every step, but by `StopReply` and not by the caller's speech."""


class FillerDue(Control, frozen=True):
    """A request for a filler: the caller has waited for long, and hears nothing."""

    turn: int
    text: str  # its words; empty for a soft tone


class AgentSpeaking(Control, frozen=True):
    """The agent's speech has become audible, or has ended."""

    on: bool
    heard: str = ""  # at an end without a barge-in: all words of it, as heard by the caller


class ToolBegan(Control, frozen=True):
    """A use of a tool has begun: the agent is at work."""

    use: int  # its number in the call
    turn: int  # in which it was asked for
    name: str  # of the tool
    arguments: str  # JSON; a bullet in the place of each hidden value
    effect: bool = False  # True if it changes the world


class ToolEnded(Control, frozen=True):
    """A use of a tool has its outcome; also of one that was never begun."""

    use: int
    turn: int
    name: str
    outcome: UseOutcome
    seconds: float = 0.0  # since it began


class Collect(Control, frozen=True):
    """An order to take keys from now on, for a tool; `most` 0 ends it."""

    most: int  # keys, after which the entry is over
    end: str = "#"  # the key that ends it; blank: none
    timeout: float = 8.0  # seconds to the first key
    secret: bool = False  # True: the digits are kept in the call's memory alone
    name: str = ""  # under which the memory has them
    again: str = ""  # said if no key comes, after which the caller has as long once more; blank: nothing is


class Handover(Control, frozen=True):
    """An order to transfer the caller, once they have heard the reply under way."""

    to: str  # a name of the config, never a number
    brief: str = ""  # told to the person before they take the call


class Hangup(Control, frozen=True):
    """An order to end the call."""

    reason: str  # a Cause, or the own words of a plug-in
