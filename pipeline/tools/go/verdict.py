"""The verdict on one step of the GO test, in words and in figures."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from pipeline.terminal.columns import padded
from pipeline.terminal.paint import GREEN, PLAIN, RED, YELLOW, Paint

Figures = dict[str, float | str]  # a name ends with its unit, if it has one: `first_audio_ms`

STATES = {"pass": ("pass", GREEN), "fail": ("FAIL", RED), "unjudged": ("not judged", YELLOW)}


class Trouble(msgspec.Struct, frozen=True):
    """A fault, and advice on it."""

    what: str
    do: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one step: figures, troubles, and points that could not be judged; `state` follows from these."""

    step: int
    name: str
    figures: Figures = {}
    troubles: tuple[Trouble, ...] = ()
    unjudged: tuple[str, ...] = ()
    state: Literal["", "pass", "fail", "unjudged"] = ""

    def __post_init__(self) -> None:
        state = "fail" if self.troubles else "unjudged" if self.unjudged else "pass"
        msgspec.structs.force_setattr(self, "state", state)

    def __str__(self) -> str:
        return self.painted(PLAIN)

    def painted(self, paint: Paint) -> str:
        """Return the verdict as lines, for a stream."""
        figures = ", ".join(f"{_words(name)} {value}{_unit(name)}" for name, value in self.figures.items())
        word, colour = STATES[self.state]
        lines = [f"{self.step}  {padded(self.name, 16)}  {paint(padded(word, 10), colour)}  {figures}".rstrip()]
        lines += [f"     not judged: {why}" for why in self.unjudged]
        for trouble in self.troubles:
            lines += [f"     {paint('wrong:', RED)} {paint.each_isolated(trouble.what)}", f"     do:    {trouble.do}"]
        return "\n".join(lines)


TOKEN = "the account's token (--token or TWILIO_AUTH_TOKEN)"
SAME = "the server's PUBLIC_BASE_URL has to be the address that was dialled, or --public-url, letter by letter"
REFUSED = "the server's log says in a line with REFUSED what it checked"
UNREACHED = (  # pattern of the error of a call without a stream, and advice
    (
        r"is not below",
        f"{SAME}: the TwiML's addresses begin with it, and Twilio would go there",
    ),
    (
        r"31920.* answered 40[13]",
        f"the server takes only what Twilio signed: give {TOKEN}; {SAME}; {REFUSED}",
    ),
    (
        r"31920",
        "the TwiML sends Twilio to a path at which no WebSocket opens: serve /ws/twilio-media with and without a slash "
        "at its end, and let the TwiML name that path",
    ),
    (
        r"31901|31922",
        "the stream's address in the TwiML cannot be reached: PUBLIC_BASE_URL has to be the public https address of "
        "this very server; PUBLIC_HOST is not to be used",
    ),
    (
        r"11200.* 403",
        f"the webhook takes only what Twilio signed: give {TOKEN}; {SAME}: on the server's own machine, say "
        f"--public-url; TWILIO_ACCOUNT_SID has to be the same here and there; {REFUSED}",
    ),
    (
        r"11200.* 40[45]",
        "the voice webhook is POST /webhook/incoming_call: give that address, or the server's without a path, and set "
        f"the same in the Twilio console; a prefix that the proxy removes belongs in PUBLIC_BASE_URL; {REFUSED}",
    ),
    (r"11200", "the webhook failed: its server's log has the error"),
    (
        r"11205.*\[SSL: WRONG_VERSION_NUMBER\]",
        "the port answers, and not with TLS: say http:// instead of https:// for it",
    ),
    (
        r"11205.*\[SSL: CERT",
        "the port answers, and Twilio, too, would not trust its certificate: the proxy needs one of a public authority",
    ),
    (r"11205", "nothing answered there: is the agent running, and is this its address and its port?"),
    (r"rejects", "the agent turns calls away: it is full, shutting down, or does not know the number that was called"),
    (
        r"",
        'the TwiML has to be text/xml with <Connect><Stream url="wss://…/ws/twilio-media"/></Connect>',
    ),
)


def unreached(error: str) -> Trouble:
    """Return the trouble of a call that opened no stream, with the advice for its error."""
    return Trouble(error, next(do for pattern, do in UNREACHED if re.search(pattern, error)))


def _unit(name: str) -> str:
    return f" {name.rpartition('_')[2]}" if name.endswith(("_ms", "_s")) else ""


def _words(name: str) -> str:
    return (name.rpartition("_")[0] if _unit(name) else name).replace("_", " ")
