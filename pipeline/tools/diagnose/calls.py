"""Which lines belong to which call, and what they prove of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.tools.diagnose.lines import Line

RINGING = ("webhook", "upgrade", "rejected")  # what comes before a call has a name
ENDING = ("done", "ended")


class Evidence:
    """One call's lines, and the facts that they hold; `greeted` and the like count lines."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.sids: set[str] = set()

    def add(self, line: Line) -> None:
        """One more line."""
        self.lines.append(line)
        self.sids.update(line.sids)

    def of(self, *kinds: str) -> list[Line]:
        """Its lines of these kinds."""
        return [line for line in self.lines if line.kind in kinds]

    def count(self, *kinds: str) -> int:
        """How many there are."""
        return len(self.of(*kinds))

    @property
    def over(self) -> bool:
        """Whether its end is in the log, so that what is missing did not happen."""
        return bool(self.count(*ENDING))

    @property
    def rx(self) -> int | None:
        """Messages of sound from the caller; None if no line says."""
        return max((line.rx for line in self.lines if line.rx is not None), default=None)

    @property
    def tx(self) -> int | None:
        """Messages of sound to the caller; None if no line says."""
        return max((line.tx for line in self.lines if line.tx is not None), default=None)

    @property
    def words(self) -> list[Line]:
        """Transcripts that have words."""
        return [line for line in self.of("words") if re.search(r"[\w\ufffd]", line.word)]

    @property
    def cause(self) -> str:
        """Why it ended, if a line says."""
        return next((line.word for line in self.of("ended", "alarm") if line.word), "")

    @property
    def replies(self) -> int:
        """Answers that were spoken: what the voice did beyond the greeting."""
        spoken = self.of("spoken")
        turns = {line.turn for line in spoken if line.turn}
        return len(turns) if turns else max(0, sum(line.turn is None for line in spoken) - self.count("greeted"))

    @property
    def unanswered(self) -> Line | None:
        """The last words, if nothing came of them for as long as an answer takes.

        Without times the lines count as in order if they begin with the start and end with the end.
        """
        last = self.words[-1] if self.words else None
        if last is None or not self.over:
            return None
        here = self.lines.index(last)
        later = [line for line in self.lines[here:] if line.kind not in ("media", "thinking", "words")]
        before = max((line.tx or 0 for line in self.lines[:here]), default=0)
        if not later or any(line.kind not in ENDING or (line.tx or 0) > before for line in later):
            return None
        if last.at is None or later[0].at is None:
            return last if self.lines[0].kind == "start" and later[0].tx is not None else None
        return last if later[0].at - last.at > WAITED else None

    def errors(self, who: str) -> list[Line]:
        """Failures of a provider or a step: asr, llm or tts."""
        return [line for line in self.of("provider_error") if re.search(NAMES[who], line.text, re.IGNORECASE)]


WAITED = 3.0  # seconds after which a question counts as unanswered
NAMES = {
    "asr": r"\basr|recogni|speech|ear\b|stt|transcri",
    "tts": r"\btts|voice|synth",
    "llm": r"\bllm|chat|model|dialogue|(?<!asr\.)(?<!tts\.)openai",
}


def turned_away(line: Line) -> bool:
    """Whether this is a request that did not become a stream."""
    if line.kind == "rejected":
        return True
    return line.kind in RINGING and (line.status or 0) >= (300 if line.kind == "webhook" else 200)


def calls(lines: Iterable[Line]) -> list[Evidence]:
    """The calls of a log: told apart by their sids; a line without one belongs to the call that it stands in."""
    found: list[Evidence] = []
    waiting: list[Line] = []
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
    """Whether a WS_START cannot be of this call any more."""
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
    """The call that goes on, or the one that has just ended; what rings is of the next one."""
    if line.kind in RINGING or not found:
        return None
    if line.kind == "start":
        return None if _begun(found[-1]) else found[-1]
    going = [call for call in found if not call.over]
    return going[-1] if going else found[-1]
