"""The script of the OpenAI stand-in: its replies, its timing, its faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

Messages = list[dict[str, Any]]  # as in the request: role and content


class Ask(msgspec.Struct, frozen=True):
    """A reply that asks for tools, in order: their names and arguments; with some words before, perhaps."""

    uses: tuple[tuple[str, dict[str, Any]], ...]
    text: str = ""


Reply = str | Ask
Replies = Sequence[Reply] | Mapping[str, Reply] | Callable[[Messages], Reply]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """The faults of one request; by default none."""

    hang: Literal["", "request", "first", "between"] = ""  # for ever: unanswered, before the first token, after `after`
    after: int = 3  # tokens, or chunks of sound, before a hang between them or before `inject`
    status: int = 0  # an HTTP error, with OpenAI's words for it
    code: str = ""  # code of one of that status's errors, e.g. insufficient_quota
    message: str = ""  # its text, for a code that OpenAI does not have
    retry_after: str = ""  # the Retry-After header
    cut: int | None = None  # bytes of the body, or messages with a session's sound, before the connection is reset
    text: str | None = None  # text in the place of the reply
    endless: bool = False  # the text over and over
    finish: str = "stop"  # the finish_reason of words; blank: the stream ends without one, and without [DONE]
    inject: tuple[str, ...] = ()  # lines put between the tokens
    odd: bool = False  # sound in chunks of an odd number of bytes
    linger: bool = False  # after [DONE] the body does not end
    failed: str = ""  # code of the error that a session sends in the place of each turn's words
    error: str = ""  # code of an error that a session sends with each commit, and survives


EMPTY = Fault(text="")
ENDLESS = Fault(text="and then there is more to say about it, or so it seems to who has to listen, ", endless=True)
REPEATED = Fault(text="la ", endless=True)
GARBAGE = Fault(inject=("<html>", "Bad gateway", "\x00\x01", "</html>"), after=0)
BROKEN_JSON = Fault(inject=('data: {"choices": [{"delta": {"cont',))
NO_CHOICES = Fault(inject=('data: {"choices": [], "usage": {"total_tokens": 9}}', 'data: {"choices": null}'))
NO_CONTENT = Fault(inject=('data: {"choices": [{"delta": {"content": null}}]}', 'data: {"choices": [{"delta": null}]}'))
ERROR_INSIDE = Fault(
    inject=('data: {"error": {"message": "The server had an error.", "type": "server_error", "code": "server_error"}}',)
)


class Script(msgspec.Struct, kw_only=True):
    """The stand-in's behaviour; times in seconds."""

    replies: Replies = ("Good morning. How can I help you?",)  # one a request, over and over; or by the last question
    heard: Sequence[str] = ("hello",)  # transcriptions, one a request, over and over
    first_token: float = 0.4  # small hosted models take 0.3 to 0.6
    tokens_per_second: float = 80.0  # small hosted models give 60 to 150
    transcribing: float = 0.5  # a short utterance takes 0.3 to 0.8
    opening: float = 0.8  # until a session is open; one user measured 0.73 to 1.01
    word_every: float = 0.25  # of sound to a word, in a session: four words a second
    word_lag: float = 0.6  # from a word's sound to the word; one user measured 0.86 to the first, of 0.3 s
    completing: float = 0.7  # from a commit to the last words; one user measured 0.67 to 1.04
    first_sound: float = 0.3  # the first piece of hosted speech comes after 0.2 to 0.5
    letters_per_second: float = 15.0  # a speaker's pace: a sentence of 60 letters lasts 4 s
    models: Sequence[str] | None = ()  # models with a page of their own; empty: any; None: it has no such pages
    shutdown: str = ""  # the day on which every model ends, as its page tells it
    key: str = ""  # the only key accepted; blank: any
    faults: Sequence[Fault | None] = ()  # of the first requests, one each; None: no fault
    always: Fault | None = None  # of all later requests


def reply_to(messages: Messages, replies: Replies, number: int) -> Reply:
    """Return the reply to a conversation in request number `number`, counted from 0."""
    if callable(replies):
        return replies(messages)
    if isinstance(replies, Mapping):
        return replies.get(str(messages[-1]["content"]), "I do not know.")
    return replies[number % len(replies)]


def step_of(replies: Sequence[Reply], messages: Messages) -> Reply | None:
    """Return the first of a question's replies whose tools have not given their results yet; None if all have."""
    results = 0
    for line in reversed(messages):
        if line["role"] == "user":
            break
        results += line["role"] == "tool"
    for reply in replies:
        asked = len(reply.uses) if isinstance(reply, Ask) else 0
        if results < max(1, asked) or not asked:
            return reply
        results -= asked
    return None


ERRORS: dict[tuple[int, str], tuple[str, str]] = {  # status and code → type and message, as OpenAI writes them
    (400, "context_length_exceeded"): (
        "invalid_request_error",
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 130212 tokens. "
        "Please reduce the length of the messages.",
    ),
    (401, "invalid_api_key"): (
        "invalid_request_error",
        "Incorrect API key provided: {key}. You can find your API key at https://platform.openai.com/account/api-keys.",
    ),
    (404, "model_not_found"): (
        "invalid_request_error",
        "The model `{model}` does not exist or you do not have access to it.",
    ),
    (429, "rate_limit_exceeded"): ("requests", "Rate limit reached for {model} on requests per min (RPM): Limit 500."),
    (429, "insufficient_quota"): (
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    (429, "slow_down"): ("requests", "Slow down: the rate of requests rose too fast."),
    (500, ""): ("server_error", "The server had an error while processing your request. Sorry about that!"),
    (503, ""): ("service_unavailable", "The engine is currently overloaded, please try again later."),
}


def error_body(status: int, code: str, text: str = "", **particulars: str) -> bytes:
    """Return an error as OpenAI words it; for a status with several codes, the first unless one is named."""
    known = [name for number, name in ERRORS if number == status and code in ("", name)]
    return msgspec.json.encode({"error": error(known[0] if known else code, status, text, **particulars)})


def error(code: str, status: int = 0, text: str = "", **particulars: str) -> dict[str, str | None]:
    """Return the fields of an error with this code, of any status if none is given; `text` is for an unknown one."""
    known = [each for (number, name), each in ERRORS.items() if name == code and status in (0, number)]
    kind, message = known[0] if known else ("invalid_request_error", text or "The request failed.")
    return {"message": message.format_map(particulars), "type": kind, "param": None, "code": code or None}
