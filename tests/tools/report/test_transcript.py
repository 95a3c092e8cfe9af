"""The words of both sides on a call's page."""

from __future__ import annotations

from pipeline.tools.report.summary import Fault, summarise
from pipeline.tools.report.transcript import faults, transcript
from tests.kit.pages_of_calls import Told, answer, parsed, told, turn


def rows(*events: Told) -> list[str]:
    """The rows of a call's transcript as a reader sees them; words that were not heard stand in brackets."""
    found = parsed(transcript(summarise(told(*events))).replace("<del", "[<del").replace("</del>", "</del>]"))
    return [" ".join("".join(row.itertext()).split()) for row in found.iter("tr")]


def test_an_answer_that_the_calls_end_broke_off_has_its_words() -> None:
    """Those heard, if the record says so; of an older record all count as unheard, and so do those never spoken."""
    events = [*turn(1, 0.5), *answer(1, 2.6, "One two three.")]
    heard = (4.0, "reply_unfinished", {"_": 1, "turn": 1, "heard": "One two", "heard_seconds": 0.6})
    assert rows(*events, heard)[1] == "2.60 sagentOne two [three.] — the call ended"
    assert rows(*events, (4.0, "ended", {"_": 1}))[1] == "2.60 sagent [One two three.] — the call ended"
    assert rows(*turn(1, 0.5), (2.3, "ReplyText", {"turn": 1, "text": "Yes."}))[1] == "2.30 sagent[Yes.] — never spoken"


def test_an_answer_that_was_cut_says_by_whom() -> None:
    """By the caller, or from outside; and that it began while the caller spoke."""
    events = [*turn(1, 0.5), *answer(1, 2.6, "One two.")]
    for name, said in (("Interrupt", "interrupted"), ("ReplyStopped", "stopped from outside")):
        cut = (3.0, name, {"turn": 1, "heard": "One", "heard_seconds": 0.4})
        assert rows(*events, cut)[1] == f"2.60 sagentOne [two.] — {said}"
    assert "— began while the caller spoke" in rows(*events, *turn(2, 2.5))[2]


def test_the_callers_words_have_their_confidence_and_their_beginnings() -> None:
    """Interim words with their moments; a turn that was dropped, or has no words, says so."""
    interim = [(0.9, "Transcript", {"turn": 1, "text": part, "final": False}) for part in ("hel", "hell")]
    assert rows(*interim, *turn(1, 0.5)) == ["0.50 scallerhello 87 %2 interim0.90 s hel0.90 s hell"]
    assert rows(*turn(1, 0.5), (2.2, "TurnDropped", {"turn": 1, "reason": "cough"}))[0].startswith(
        "0.50 scaller— dropped: cough"
    )
    assert rows(*turn(1, 0.5, "")) == ["0.50 scaller— no words 87 %"]


def test_a_fault_leads_to_its_step() -> None:
    """If the chain on the page has it."""
    found = parsed(faults([Fault(1.0, "x", 2), Fault(2.0, "y", 7), Fault(3.0, "z")], range(3)))
    assert [each.get("href") for each in found.iter("a")] == ["#step-2"]
    assert [each.get("data-at") for each in found.iter("tr")] == ["1.000", "2.000", "3.000"]
