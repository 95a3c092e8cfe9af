"""The answers of a recorded call's providers, found by the exact text or the most similar one."""

from __future__ import annotations

import difflib
import statistics
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from pipeline.events import Exchange, ModelExchange, StepFailed, ToolExchange, Understood
from pipeline.frames import AudioOut, HeldUtterance, Transcript, Utterance, WordsHeld
from pipeline.llm.asked import Asked
from pipeline.records.reader import Event, Recording
from pipeline.text import normalise
from pipeline.tools.replay.event_kinds import DECIDES

UTTERANCES = (Utterance.__name__, HeldUtterance.__name__)
WORDS = (Transcript.__name__, WordsHeld.__name__)
SAME = 0.0015  # seconds: two spans on the stream's clock, rounded to 0.1 ms, that differ by less are one
RETRIED = 0.05  # seconds between a provider's failure and the question to the next one
ALIKE = 0.6  # least similarity, 0 to 1, at which the answer to one text serves for another


class Item(NamedTuple):
    """A piece of an answer: text, a request for a tool, or the size of sound in bytes; seconds after the question.

    `apart` is True if other code ran between the piece before and it: sound was handed on, or a piece of another answer
    came.
    """

    after: float
    got: str | int | Asked
    apart: bool = False


class Answer(msgspec.Struct):
    """The answer to one text, piece by piece."""

    to: str
    asked: float  # seconds from the call's start
    items: list[Item] = []
    ended: float | None = None  # seconds after the question; None: the call did not wait for its end
    error: str = ""  # the class name of the error that ended it
    ends_apart: bool = False  # other code ran between the last item and the end
    used: bool = False


class Answers:
    """All answers of one kind of provider in a call: of models or of voices."""

    def __init__(self, events: Iterable[Event], what: type[Exchange]) -> None:
        found: dict[int, Answer] = {}
        last = -1  # the answer of which a piece came since sound was handed on
        events = list(events)
        arguments = arguments_asked(events)
        for event in events:
            if event.what == AudioOut.__name__:
                last = -1
            elif event.what == what.name:
                _note(found, event, arguments.get(event.no, ""), apart=last != event.content["ask"])
                last = event.content["ask"]
        self.all = _mended(list(found.values()))

    def to(self, text: str) -> Answer | None:
        """Return the first unused answer to this text, else the last one; None if it was never asked."""
        same = [each for each in self.all if each.to == text]
        return next((each for each in same if not each.used), same[-1] if same else None)

    def nearest(self, text: str) -> Answer | None:
        """Return the answer to the most similar text; None if none is at least `ALIKE`."""
        words = normalise(text)
        rated = [(difflib.SequenceMatcher(None, normalise(each.to), words).ratio(), each) for each in self.all]
        likeness, answer = max(rated, key=lambda it: it[0], default=(0.0, None))
        return answer if likeness >= ALIKE else None

    def typical(self, measure: Callable[[Answer], float], otherwise: float) -> float:
        """Return the median of a measure over all answers with items; `otherwise` if there are none."""
        return statistics.median([measure(each) for each in self.all if each.items] or [otherwise])


def arguments_asked(events: Iterable[Event]) -> dict[int, str]:
    """Return the arguments of a model's requests for tools, by the number of the request's event."""
    open_: list[tuple[str, int, int]] = []  # tool, question and number of each request that has not led to a use yet
    found: dict[int, str] = {}
    for event in events:
        said = event.content
        if event.what == ModelExchange.name and said.get("whole"):
            open_.append((said["use"], said["ask"], event.no))
        elif event.what == ToolExchange.name and not said.keys() & {"got", "error", "ended"}:
            # Of several questions, the last one led to it: those before were guesses, and came to nothing.
            asked = max((ask for tool, ask, _ in open_ if tool == said["tool"]), default=None)
            first = next((it for it in open_ if it[:2] == (said["tool"], asked)), None)
            if first is not None:
                open_.remove(first)
                found[first[2]] = said["to"].partition(" ")[2]
    return found


def _note(found: dict[int, Answer], event: Event, arguments: str, *, apart: bool) -> None:
    said = event.content
    answer = found.setdefault(said["ask"], Answer(said["to"], event.at))
    after, apart = event.at - answer.asked, apart and bool(answer.items)
    if "got" in said:
        got = said["got"]
        if "use" in said:
            before = sum(isinstance(item.got, Asked) and item.got.whole for item in answer.items)
            got = Asked(index=before, name=said["use"], arguments=arguments, whole=bool(said.get("whole")))
        answer.items = [*answer.items, Item(after, got, apart)]
    elif "error" in said:
        answer.error, answer.ended = said["error"], after
    elif "ended" in said:
        answer.ended, answer.ends_apart = after, apart


def _mended(answers: list[Answer]) -> list[Answer]:
    """Merge each failed answer with the fallback's answer that was asked for within `RETRIED` of the failure."""
    kept: list[Answer] = []
    for each in answers:
        last = kept[-1] if kept else None
        if last is not None and last.error and last.ended is not None and last.to == each.to:
            lag = each.asked - last.asked
            if lag - last.ended < RETRIED:
                items = [item._replace(after=item.after + lag) for item in each.items]
                ended = None if each.ended is None else each.ended + lag
                kept[-1] = Answer(each.to, last.asked, items, ended, each.error, each.ends_apart)
                continue
        kept.append(each)
    return kept


# ---- recognition --------------------------------------------------------------------------------------------------


class Hearing(msgspec.Struct, frozen=True):
    """The recognition of one utterance. `started` and `ended` are stream time, `asked` is call time, in seconds."""

    turn: int
    started: float
    ended: float
    asked: float  # when the utterance was complete
    after: float  # seconds from `asked` to its final words or its failure; negative: neither came
    text: str = ""
    language: str = ""
    confidence: float = 0.0
    error: str = ""  # the class name of the error; the words are then empty
    no: int = -1  # number of the event, in the record, that had the result

    def words_in(self, started: float, ended: float) -> list[str]:
        """Return the words with their middle in a span of stream time, if each letter took equally long."""
        words = self.text.split()
        length, at, found = max(1, sum(map(len, words))), self.started, []
        for word in words:
            span = (self.ended - self.started) * len(word) / length
            found += [word] if started <= at + span / 2 <= ended else []
            at += span
        return found

    def is_of(self, started: float, ended: float) -> bool:
        """True if the utterance has this start and end, within `SAME`."""
        return abs(self.started - started) < SAME and abs(self.ended - ended) < SAME


def hearings(recording: Recording) -> list[Hearing]:
    """Return the recognitions of a call, by utterance; those without a result are left out."""
    found: dict[int, Hearing] = {}
    failure = ""
    for event in recording.events:
        frame, turn = event.frame, int(event.frame.get("turn", event.content.get("turn", -1)))
        if event.what in UTTERANCES and event.content.get("step") == DECIDES:
            found[turn] = Hearing(turn, frame["started"], frame["ended"], event.at, -1.0)
        elif event.what == StepFailed.name:
            failure = event.content["error"]
        elif turn not in found:
            continue
        elif event.what == Understood.name:
            said = {"text": event.content["text"], "confidence": event.content["confidence"]}
            found[turn] = msgspec.structs.replace(found[turn], after=event.at - found[turn].asked, no=event.no, **said)
        elif event.what in WORDS and frame["final"]:
            found[turn] = _final(found[turn], event, failure)
    return [each for each in found.values() if each.after >= 0]


def _final(heard: Hearing, event: Event, failure: str) -> Hearing:
    if heard.after < 0:  # final words without `understood`: recognition failed
        return msgspec.structs.replace(
            heard, after=event.at - heard.asked, error=failure or "RuntimeError", no=event.no
        )
    return msgspec.structs.replace(heard, language=heard.language or event.frame["language"])
