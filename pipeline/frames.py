"""Frames and controls: everything that travels through a chain.

Frames go down, towards the caller's ear; controls go up, towards the caller's voice. The class fixes the direction.
Every time is in seconds of one of two clocks: *stream time* counts the caller's audio from the start of the stream,
*loop time* is `loop.time()`. Every `pcm` is signed 16-bit little-endian mono at 8000 Hz: 20 ms are 320 bytes.
"""

import msgspec

from pipeline.vocabulary import DropReason, KeysEnd, ReplyEnd, UseOutcome


class Frame(msgspec.Struct, frozen=True, weakref=True):
    """The base class of frames, which travel down the chain."""


class Control(msgspec.Struct, frozen=True, weakref=True):
    """The base class of controls, which travel up the chain."""


# ---- from the telephone line --------------------------------------------------------------------------------------


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


# ---- the caller's turn --------------------------------------------------------------------------------------------


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


# ---- the agent's turn ---------------------------------------------------------------------------------------------


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


# ---- controls -----------------------------------------------------------------------------------------------------


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
