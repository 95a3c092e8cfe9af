"""The enumerations that frames, events, log lines and metrics share, each value with a sentence for the docs.

A value is a `str` equal to its text, so that YAML, JSON and records contain the plain text.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A string enumeration whose values have a sentence, `says`, that explains them."""

    says: str

    def __new__(cls, text: str, says: str) -> Self:
        word = str.__new__(cls, text)
        word._value_ = text
        word.says = says
        return word

    __repr__ = str.__repr__


class State(Word):
    """The states of a call; `MOVES` has the legal moves between them."""

    LISTENING = "LISTENING", "It is the caller's turn, and nothing of the agent is heard."
    THINKING = "THINKING", "The caller's turn is over, and the answer is not audible yet."
    SPEAKING = "SPEAKING", "The caller hears the agent."
    ENDED = "ENDED", "The call is over."


MOVES: Mapping[State, tuple[State, ...]] = {
    State.LISTENING: (State.THINKING, State.SPEAKING, State.ENDED),
    State.THINKING: (State.LISTENING, State.SPEAKING, State.ENDED),
    State.SPEAKING: (State.LISTENING, State.ENDED),
    State.ENDED: (),
}
"""The states that each state leads to."""


class Cause(Word):
    """The reasons for which a call ends; a plug-in's `Hangup` may have another text instead.

    `USUAL` has those of calls without a failure, `OUR_FAULT` those after which the caller hears an apology.
    """

    STOP = "stop", "Twilio sent `stop`: the caller hung up."
    GOODBYE = "goodbye", "The agent said goodbye and hung up."
    SILENCE = "silence", "The caller said nothing for long, was asked, and the agent said goodbye."
    TRANSFER = "transfer", "The caller is being connected to a person."
    GAVE_UP = "gave_up", "The agent could not answer several turns in a row, said so, and hung up."
    OPERATOR = "operator", "A person hung up in the console."
    CLOSED = "closed", "Twilio closed the stream without a `stop`."
    LOST = "lost", "The socket broke, or another stream of the same call took its place."
    REFUSED = "refused", "The other end broke Twilio's protocol."
    PEER_NOT_READING = "peer_not_reading", "The other end did not read the agent's messages."
    MAX_CALL = "max_call", "The call reached `server.max_call`."
    NO_MEDIA = "no_media", "The caller's sound stopped coming."
    NEVER_STARTED = "never_started", "The stream that the TwiML asked for never started."
    FAULTS = "faults", "Steps failed too often."
    MEDIA_FORMAT = "media_format", "The stream was not mu-law at 8000 Hz."
    FULL = "full", "No slot was free for a stream that no webhook had announced."
    SHUTDOWN = "shutdown", "The server was stopped."
    WORKER_LOST = "worker_lost", "The process that had the call was lost."


USUAL = frozenset((Cause.STOP, Cause.GOODBYE, Cause.SILENCE, Cause.TRANSFER, Cause.OPERATOR, Cause.CLOSED))
"""The causes of calls in which nothing went wrong."""

OUR_FAULT = frozenset(
    (
        Cause.REFUSED,
        Cause.PEER_NOT_READING,
        Cause.NO_MEDIA,
        Cause.NEVER_STARTED,
        Cause.FAULTS,
        Cause.MEDIA_FORMAT,
        Cause.SHUTDOWN,
        Cause.WORKER_LOST,
    )
)
"""The causes after which a caller still on the line hears an apology."""


class Refusal(Word):
    """The reasons for which a message, a stream or a request is not taken."""

    JSON = "json", "A message that is not JSON text."
    FIELD = "field", "A message with a field missing, or of the wrong type."
    EVENT = "event", "A message with an `event` that Twilio does not send."
    STREAM = "stream", "A message of another stream."
    BINARY = "binary", "A binary frame."
    LATE = "late", "A media message that came after a later one had been used."
    LOST = "lost", "Media messages that did not come, and were replaced with silence."
    DIGIT = "digit", "A key that no telephone has."
    DIGIT_FLOOD = "digit_flood", "More keys in a second than a hand can press."
    SECOND_START = "second_start", "A second `start` in one stream."
    REPLY_TOO_LONG = "reply_too_long", "Text or sound of a reply beyond all that is kept of one."
    MARK_OVERDUE = "mark_overdue", "Marks that did not come back: their sound counts as played."
    EARLY_MEDIA = "early_media", "A stream that sends sound and no `start`."
    NO_START = "no_start", "A stream without a `start` in its time."
    ACCOUNT = "account", "A request or a stream of another Twilio account."
    CALL_SID = "call_sid", "A request or a stream without a CallSid or StreamSid."
    AGENT = "agent", "A request or a stream for an agent that is not served."
    SECRET = "secret", "A stream that does not prove that it belongs to its call."
    MEDIA_FORMAT = "media_format", "A stream that is not mu-law at 8000 Hz."
    TAKEN = "taken", "A second stream of a call whose first one lives."
    FULL = "full", "A call or a stream for which no slot was free."
    MEMORY = "memory", "A call or a stream while the memory in use is near `server.max_memory`."
    CALLER = "caller", "A call of a number that has `server.per_caller` calls already."
    CALLER_HOUR = "caller_hour", "A call of a number that has called `server.per_caller_hour` times in an hour."
    CALL_TIME = "call_time", "A call after `server.call_time_per_hour` was used."
    SIGNATURE = "signature", "A request without Twilio's signature."
    TOKEN = "token", "A stream address that was not handed out, was used before or is too old."
    BODY = "body", "A request whose body is too long or no form."
    SLOW_BODY = "slow_body", "A request whose body did not come in time."
    SLOW_HEAD = "slow_head", "A connection whose request did not come in time."
    UNREAD = "unread", "A connection whose peer did not read its answer in time."
    CROWDED = "crowded", "A connection without a request, closed as too many wait: a newer one has its place."
    DESCRIPTORS = "descriptors", "A connection without a request, closed as few file descriptors were left."
    FORGER = "forger", "A request with one of many wrong signatures of its address: it was answered late."
    FRAME = "frame", "A stream that broke the WebSocket protocol."
    UNSTARTED = "unstarted", "A stream while too many others have not said `start`."
    DRAINING = "draining", "A call or a stream while the server ends, or has no worker."
    PROTOCOL = "protocol", "A request that should have been a WebSocket's."
    SUBPROTOCOL = "subprotocol", "An offer of other subprotocols than Twilio's; the stream opens without one."
    CONTENT_TYPE = "content_type", "A request whose body is of another type than a form."
    HTTP = "http", "Bytes that are no HTTP request, such as TLS, or a malformed one."
    PATH = "path", "A request for a path that is not served."
    METHOD = "method", "A request with a method that its path does not take."
    ORIGIN = "origin", "A request of a web page: it has an Origin header, which Twilio never sends."
    HOST = "host", "A request for a host that is neither this machine nor that of PUBLIC_BASE_URL."
    SESSION = "session", "A request to the console without a session, or with a wrong token."
    VIEWERS = "viewers", "A page of the console, while as many watch or listen as may."


class DropReason(Word):
    """The reasons for which a turn of the caller comes to nothing."""

    SHORT = "short", "There was too little voice in it."
    COUGH = "cough", "There were no words in it, and hardly any voice."
    UNHEARD = "unheard", "There were no words in it, and the caller is owed an answer or has been asked back enough."
    REPEATED = "repeated", "It said the same as the turn before."
    KEYS = "keys", "The caller typed on the keypad meanwhile."
    NOD = "nod", "It was a nod, such as mm-hm, while the agent spoke, which goes on."


class ReplyEnd(Word):
    """The ways in which a reply ends."""

    DONE = "done", "It is whole."
    FAILED = "failed", "The model failed in it, or before it."


class UseOutcome(Word):
    """The outcomes of a tool's use."""

    DONE = "done", "It worked."
    REFUSED = "refused", "It was not begun: its arguments, rights or limits did not allow it."
    FAILED = "failed", "It was begun and failed."
    UNKNOWN = "unknown", "It was begun, and no answer came: it may have been done or not."
    WITHDRAWN = "withdrawn", "The caller spoke before it began: it was not begun."
    REPEATED = "repeated", "It had been done before, with the same arguments: the first result counts."


class HandoverOutcome(Word):
    """The outcomes of a transfer to a person."""

    ANSWERED = "answered", "The person took the call."
    BUSY = "busy", "Their line was busy."
    NO_ANSWER = "no-answer", "They did not answer in time."
    DECLINED = "declined", "They answered and did not take the call, or a mailbox answered."
    FAILED = "failed", "The number could not be reached."
    CANCELED = "canceled", "The caller hung up while it rang."


class KeysEnd(Word):
    """The reasons for which an entry on the keypad is over."""

    FULL = "full", "It has as many keys as were asked for."
    END = "end", "The key that ends an entry was pressed."
    TIMEOUT = "timeout", "No further key came in time."


class AheadOutcome(Word):
    """The outcomes of an answer that was begun before the caller's turn was over."""

    USED = "used", "The caller said no more: it was the answer."
    WASTED = "wasted", "The caller said more: it was thrown away."
    LATE = "late", "The words were final before they had stood still: none was begun."
