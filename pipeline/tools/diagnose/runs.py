"""Find runs and waits in a call's lines: each function returns the lines that show it, none if there is none.

Lines without times show no wait.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from pipeline.text import Phrases, normalise, sentences
from pipeline.text.fixed import PHRASES
from pipeline.tools.diagnose.calls import Evidence, is_worded
from pipeline.tools.diagnose.lines import Line

AGENT = ("spoken", "sent", "reply", "voice_error")  # lines of an answer
MEANT = (1000, 1001, 1005)  # codes with which a socket ends on purpose, or with its page or process
LATE = 4.0  # seconds that a caller waits for an answer at most
UNSURE = 6.0  # the same if the length of the sound is not known
AGAIN = 6.0  # seconds after which a caller who speaks again has waited in vain
SILENT = 30.0  # seconds
LEAST = 35.0  # media messages a second; 50 is the pace of a line
LETTER = 0.06  # seconds that a letter takes to speak
INTRODUCTIONS = Phrases(
    ["אני מתמחה", "שמי", "מקסימוס נדל", "my name is", "i specialise in", "i specialize in", "i am your assistant"]
)
_NOTE = re.compile(r" \((?:interrupted|the call ended)\)$")
_FIXED = {normalise(text) for texts in PHRASES.values() for text in texts.values()}


def broken(call: Evidence) -> list[Line]:
    """Return the ends of sockets with a code of failure, and the exceptions beside them."""
    found = [line for line in call.of("closed") if line.code not in MEANT]
    return [*call.of("raised")[-2:], *found] if found else []


def faults(call: Evidence, kind: str) -> list[Line]:
    """Return the faults of the recogniser, the model or the voice (`asr`, `llm`, `tts`) that no fallback mended."""
    return [line for line in call.errors(kind) if line.kind == "fault"]


def beeps(call: Evidence) -> list[Line]:
    """Return the lines of sentences that no voice spoke."""
    return [line for line in call.of("voice_error") if "no voice spoke" in line.word]


def gaps(call: Evidence) -> list[Line]:
    """Return two counts of received media between which too few came for the time."""
    counted = [line for line in call.of("media", "done") if line.rx is not None and line.at is not None]
    for one, two in pairwise(sorted(counted, key=lambda line: line.at or 0.0)):
        seconds = (two.at or 0.0) - (one.at or 0.0)
        if seconds > 3 and 0 <= (two.rx or 0) - (one.rx or 0) < LEAST * seconds:
            return [one, two]
    return []


def late_greeting(call: Evidence) -> list[Line]:
    """Return a greeting after the caller's words, with them, or all greetings of more than one."""
    greeted = call.of("greeted")
    first = next((line for line in call.words if line.at is not None), None)
    after = [line for line in greeted if first and line.at is not None and line.at > (first.at or 0.0)]
    return [first, *after] if first and after else greeted if len(greeted) > 1 else []


def said(call: Evidence) -> list[tuple[Line, str]]:
    """Return the agent's replies: their lines, and their words without the note of an interruption."""
    return [(line, _NOTE.sub("", line.word)) for line in call.of("reply")]


def introductions(call: Evidence) -> list[Line]:
    """Return the replies that introduce the agent, if more than one does, or a later one begins as the first did."""
    replies = said(call)
    named = [line for line, text in replies if INTRODUCTIONS.in_(text)]
    if len(named) > 1 or not replies:
        return named if len(named) > 1 else []
    first, *later = replies
    opening = next(iter(sentences(first[1])), "")
    if len(opening.split()) < 3 or normalise(opening) in _FIXED:
        return []
    again = [line for line, text in later if normalise(next(iter(sentences(text)), "")) == normalise(opening)]
    return [first[0], *again] if again and len({normalise(text) for _, text in replies}) > 1 else []


def loop(call: Evidence) -> list[Line]:
    """Return replies with the same words: two in a row, or three in the call; fixed sentences do not count."""
    replies = [(line, normalise(text)) for line, text in said(call) if not _NOTE.search(line.word)]
    replies = [(line, text) for line, text in replies if text and text not in _FIXED]
    for (one, text), (two, other) in pairwise(replies):
        if text == other:
            return [one, two]
    times = Counter(text for _, text in replies)
    return [line for line, text in replies if times[text] > 2]


def same_words(call: Evidence) -> list[Line]:
    """Return all transcripts if there are three or more and all have the same words."""
    words = call.words
    many = len(words) > 2 and not call.count("repeated")  # a caller who is ignored says the same again
    return words if many and len({normalise(line.word) for line in words}) == 1 else []


def ignored(call: Evidence) -> list[Line]:
    """Return the repetitions that were ignored, if two came without an answer between them, or three in the call."""
    run = most = 0
    for line in call.lines:
        run = run + 1 if line.kind == "repeated" else 0 if line.kind in AGENT else run
        most = max(most, run)
    repeated = call.of("repeated")
    return repeated if most > 1 or len(repeated) > 2 else []


def false_barge_ins(call: Evidence) -> list[Line]:
    """Return the barge-ins without words behind them, if there are two or more and they outnumber the others."""
    false, true = list[Line](), 0
    kinds = ("interrupted", "words", "spoken", "sent", "greeted", "done")
    lines = [line for line in call.lines if line.kind in kinds]
    for one, two in pairwise(lines):
        if one.kind != "interrupted" or two.kind == "done":
            continue
        true += is_worded(two)
        false += [] if is_worded(two) else [one]
    return false if len(false) > 1 and len(false) > true else []


def talked_over(call: Evidence) -> list[Line]:
    """Return transcripts that came while the agent spoke and did not stop, if there are two or more."""
    found, ends, begun = list[Line](), 0.0, 0.0
    for line in call.lines:
        if line.at is None:
            continue
        if line.kind == "spoken" and line.seconds:
            begun, ends = line.at, line.at + line.seconds
        elif line.kind in ("interrupted", "sent", "reply"):
            ends = 0.0
        elif line.kind == "words" and line.word and begun + 0.5 < line.at < ends - 0.5:
            found.append(line)
    return found if len(found) > 1 else []


def wordless(call: Evidence) -> list[Line]:
    """Return the transcripts without words."""
    return [line for line in call.of("words") if not is_worded(line)]


def skipped(call: Evidence) -> list[Line]:
    """Return two transcripts that follow each other after a wait, with no sign of an answer between them."""
    kinds = (*AGENT, "words", "repeated", "interrupted", "greeted")
    lines = [line for line in call.lines if line.kind in kinds and (line.kind != "words" or is_worded(line))]
    for one, two in pairwise(lines):
        if one.kind == two.kind == "words" and one.at is not None and two.at is not None and two.at - one.at > AGAIN:
            return [one, two]
    return []


def late(call: Evidence) -> list[Line]:
    """Return the transcripts whose answer came late, each with the first line of its answer."""
    found, asked, tx = list[Line](), None, 0
    for line in call.lines:
        if is_worded(line):
            asked = line
        elif line.kind in AGENT and asked is not None:
            if _waited(asked, line, tx) > (LATE if _length(line, tx) else UNSURE):
                found += [asked, line]
            asked = None
        tx = line.tx or tx
    return found


def _length(line: Line, tx: int) -> float:
    """Return the seconds of sound that a line of an answer tells of; 0 if it tells none."""
    if line.kind == "sent":
        return max(0, (line.tx or 0) - tx) * 0.02
    return LETTER * len(line.word) if line.kind == "reply" else line.seconds or 0.0


def _waited(asked: Line, answer: Line, tx: int) -> float:
    """Return the seconds that the caller waited at the least: the line may stand at the end of the sound."""
    if asked.at is None or answer.at is None:
        return 0.0
    return answer.at - asked.at - _length(answer, tx)


def deaf(call: Evidence) -> list[Line]:
    """Return the last line of a turn and that of the end, if sound came for half a minute between them and no turn."""
    end = next((line for line in call.lines if line.kind == "done" and line.at is not None), None)
    turns = [line for line in call.lines if line.kind in (*AGENT, "words", "greeted") and line.at is not None]
    if end is None or not turns or (end.at or 0.0) - (turns[-1].at or 0.0) < SILENT:
        return []
    return [turns[-1], end]
