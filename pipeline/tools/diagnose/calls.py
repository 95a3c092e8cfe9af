"""Group a log's lines into calls, and derive facts about each call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.tools.diagnose.lines import Line
from pipeline.vocabulary import Cause

RINGING = ("webhook", "upgrade", "rejected")  # kinds of lines before a call has a sid
ENDING = ("done", "ended")
BEHIND = ("outbox", "after")  # of the work after calls, in which a call that is over is told
BESIDE = ("media", "thinking", "words", "tool", "tool_fault", "keys", *BEHIND)  # none of them is an answer


class Evidence:
    """One call's log lines, and the facts derived from them."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.sids: set[str] = set()

    def add(self, line: Line) -> None:
        """Add a line, and the sids in it."""
        self.lines.append(line)
        self.sids.update(line.sids)

    def of(self, *kinds: str) -> list[Line]:
        """Return the lines of these kinds."""
        return [line for line in self.lines if line.kind in kinds]

    def count(self, *kinds: str) -> int:
        """Return the number of lines of these kinds."""
        return len(self.of(*kinds))

    @property
    def over(self) -> bool:
        """True if the log has the call's end: from then on, a missing line means that it did not happen."""
        return bool(self.count(*ENDING))

    @property
    def rx(self) -> int | None:
        """The number of media messages from the caller; None if no line has it."""
        return max((line.rx for line in self.lines if line.rx is not None), default=None)

    @property
    def tx(self) -> int | None:
        """The number of media messages to the caller; None if no line has it."""
        return max((line.tx for line in self.lines if line.tx is not None), default=None)

    @property
    def words(self) -> list[Line]:
        """The transcripts with words in them; bytes that could not be decoded count as words."""
        return list(filter(is_worded, self.lines))

    @property
    def cause(self) -> str:
        """The cause of the call's end; empty if no line has it. After a transfer the call may have come back."""
        causes = [line.word for line in self.of("ended", "alarm") if line.word]
        return next((cause for cause in causes if cause != Cause.TRANSFER), next(iter(causes), ""))

    @property
    def replies(self) -> int:
        """The number of spoken replies: turns with a tts_done; without turn numbers, tts_done lines minus greetings."""
        spoken = self.of("spoken")
        turns = {line.turn for line in spoken if line.turn}
        return len(turns) if turns else max(0, sum(line.turn is None for line in spoken) - self.count("greeted"))

    @property
    def unanswered(self) -> Line | None:
        """The last transcript, if the call ended without a reply to it; else None.

        With times, the end must come more than `WAITED` seconds later. Without times, the lines must be in order: from
        the call's start to an end that counts the sent messages.
        """
        last = self.words[-1] if self.words else None
        if last is None or not self.over:
            return None
        here = self.lines.index(last)
        later = [line for line in self.lines[here:] if line.kind not in BESIDE]
        before = max((line.tx or 0 for line in self.lines[:here]), default=0)
        if not later or any(line.kind not in ENDING or (line.tx or 0) > before for line in later):
            return None
        if last.at is None or later[0].at is None:
            return last if self.lines[0].kind == "start" and later[0].tx is not None else None
        return last if later[0].at - last.at > WAITED else None

    def errors(self, who: str) -> list[Line]:
        """Return the provider errors about `asr`, `llm` or `tts`, recognised by words in the line."""
        return [
            line
            for line in self.of("provider_error", "provider_refused", "fault")
            if re.search(NAMES[who], line.text, re.IGNORECASE)
        ]


WAITED = 3.0  # seconds after which a question counts as unanswered
NAMES = {
    "asr": r"\basr|recogni|speech|ear\b|stt|transcri",
    "tts": r"\btts|voice|synth",
    "llm": r"\bllm|chat|model|dialogue|(?<!asr\.)(?<!tts\.)openai",
}


def is_worded(line: Line) -> bool:
    """True if this line is a transcript with words in it."""
    return line.kind == "words" and re.search(r"[\w\ufffd]", line.word) is not None


def turned_away(line: Line) -> bool:
    """True if this line is a request that opened no stream: rejected, or answered with a failing status."""
    if line.kind == "rejected":
        return True
    return line.kind in RINGING and (line.status or 0) >= (300 if line.kind == "webhook" else 200)


def calls(lines: Iterable[Line]) -> list[Evidence]:
    """Group lines into calls by their sids; a line without a sid belongs to the call in progress."""
    found: list[Evidence] = []
    waiting: list[Line] = []  # lines of a call that has no sid yet
    for line in lines:
        call = _named(found, line) if line.sids else _nearest(found, line)
        if call is None and not line.sids and line.kind not in ("start", *ENDING):
            if line.kind == "webhook" and any(map(turned_away, waiting)):
                found.append(Evidence())
                waiting = _take(found[-1], waiting)
            waiting.append(line)
            continue
        if call is None:
            call = Evidence()
            found.append(call)
            waiting = _take(call, waiting)
        call.add(line)
    if waiting:
        home = found[-1] if found and waiting[0].kind not in RINGING else Evidence()
        found += [home] if home not in found else []
        _take(home, waiting)
    return found


def _begun(call: Evidence) -> bool:
    """True if the call has started or was refused, so that a further WS_START belongs to another call."""
    return bool(call.count("start")) or any(map(turned_away, call.lines))


def _take(call: Evidence, waiting: Sequence[Line]) -> list[Line]:
    for line in waiting:
        call.add(line)
    return []


def _named(found: Sequence[Evidence], line: Line) -> Evidence | None:
    known = next((call for call in reversed(found) if call.sids & set(line.sids)), None)
    if known is not None or line.kind in RINGING:
        return known
    nameless = [call for call in found if not call.sids and not (line.kind == "start" and _begun(call))]
    last = found[-1:] if line.kind != "start" else []
    compatible = [call for call in last if not {sid[:2] for sid in line.sids} & {sid[:2] for sid in call.sids}]
    return next(iter((*compatible, *nameless)), None)


def _nearest(found: Sequence[Evidence], line: Line) -> Evidence | None:
    """Return the call in progress, else the one that ended last; None if the line begins a new call."""
    if line.kind in RINGING or not found:
        return None
    if line.kind == "start":
        return None if _begun(found[-1]) else found[-1]
    going = [call for call in found if not call.over]
    return going[-1] if going else found[-1]
