"""The index of calls: what is looked for is found, and in the right order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.records.files import Words
from pipeline.records.index import Index, Wanted
from pipeline.records.listing import listed
from tests.kit.kept_calls import THEIRS, call_sid, kept_call

DAY = "calls/2026-11-22"
ROOMS = Words(caller="I want three rooms.\nBye", agent="In which city?")
HEBREW = Words(caller="אני מחפש דירה בחיפה", agent="מקסימוס נדל״ן, שלום")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """Three calls, an hour apart, the first one the newest."""
    made = Index()
    made.keep_day(DAY, 1)
    some: tuple[dict[str, Any], ...] = ({"words": ROOMS}, {"words": HEBREW, "agent": "he"}, {"caller": THEIRS})
    for number, more in enumerate(some, 1):
        made.keep(DAY, listed(_kept(tmp_path, number, **more)), True, None)
    yield made
    made.close()


def _kept(root: Path, number: int, **more: Any) -> Path:
    return kept_call(root, number, timedelta(hours=number), **more)


def found(index: Index, wanted: Wanted) -> list[int]:
    """The numbers of the calls that are found."""
    return [int(it.sid[2:], 16) for it in index.search(wanted)]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3]),
        ("ROOMS", [1]),
        ("city rooms", [1]),
        ("three, bye!", [1]),
        ("rooms helicopter", []),
        ("דירה", [2]),
        ("נדלן", [2]),
        ("חיפה", [2]),
        ("050-123 4567", [1, 2]),
        ("+972 50 1234567", [1, 2]),
        ("501234567", [1, 2]),
        ("4567", [1, 2, 3]),
        ("555", [3]),
        ("(555) 123", [3]),
        (call_sid(3), [3]),
        (call_sid(3)[-4:], [3]),
        ("he", [2]),
        ("%", []),
        ("_", []),
        ("' OR 1=1 --", []),
    ],
)
def test_words_numbers_and_sids_are_found(index: Index, query: str, numbers: list[int]) -> None:
    """In any spelling, of both sides, the newest first; signs of the database mean nothing."""
    assert found(index, Wanted(query=query)) == numbers


def test_conditions_are_all_held(index: Index, tmp_path: Path) -> None:
    """Each for itself, and together."""
    index.keep(DAY, listed(_kept(tmp_path, 4, cause="no_media", faults={"fault": 2}, gap=1.6)), True, None)
    index.keep(DAY, listed(_kept(tmp_path, 5, faults={"fault": 1}, gap=None)), True, None)
    assert found(index, Wanted(agent="he")) == [2]
    assert found(index, Wanted(cause="no_media")) == [4]
    assert found(index, Wanted(faults=True)) == [4, 5]
    assert found(index, Wanted(gap=1.5)) == [4] and found(index, Wanted(gap=1.6)) == []
    assert found(index, Wanted(faults=True, cause="stop", query=call_sid(5))) == [5]
    assert found(index, Wanted(live=[call_sid(1), call_sid(3)])) == [2, 4, 5]
    assert (index.named("agent"), index.named("cause")) == (["he", "x"], ["no_media", "stop"])


def test_pages_stay_right_while_calls_arrive(index: Index, tmp_path: Path) -> None:
    """A call that is newer than those shown neither repeats one nor hides one; calls of the same moment count, too."""
    for number in (7, 8):
        index.keep(DAY, listed(kept_call(tmp_path, number, timedelta(hours=1))), True, None)
    seen, before = list[int](), None
    while page := index.search(Wanted(limit=2, before=before)):
        seen += [int(it.sid[2:], 16) for it in page]
        before = page[-1].place
        index.keep(DAY, listed(kept_call(tmp_path, 100 + len(seen))), True, None)
    assert sorted(seen[:3]) == [1, 7, 8] and seen[3:] == [2, 3]


def test_words_that_are_not_to_be_shown_are_not_found_either(index: Index, tmp_path: Path) -> None:
    """A search that finds a call by its words would tell them."""
    index.keep(DAY, listed(_kept(tmp_path, 6, words=ROOMS)), False, None)
    (kept, *_) = index.search(Wanted(query=call_sid(6)))
    assert (kept.first_words, found(index, Wanted(query="rooms"))) == ("", [1])
    assert found(index, Wanted(query="rooms", unshown=["x"])) == []
    assert [it.first_words for it in index.search(Wanted(unshown=["x"]))][:2] == ["", HEBREW.caller]


def test_a_call_that_changes_keeps_its_place(index: Index, tmp_path: Path) -> None:
    """It is in the index once, as it was seen last, and gone once it is dropped."""
    before = index.search(Wanted())[0]
    call = listed(_kept(tmp_path / "again", 1, cause="goodbye"))
    index.keep(DAY, call, True, "changing")
    after = index.search(Wanted())[0]
    assert (after.place, after.cause, before.cause) == (before.place, "goodbye", "stop")
    assert index.unsettled() == [(DAY, call_sid(1), "changing")]
    index.drop(DAY, call_sid(1))
    assert (found(index, Wanted()), index.calls(DAY)) == ([2, 3], {call_sid(2), call_sid(3)})
    index.drop_day(DAY)
    assert (found(index, Wanted()), index.days()) == ([], {})


def test_a_row_has_the_figures_of_its_call(tmp_path: Path) -> None:
    """And the first words of the caller alone."""
    index = Index()
    index.keep_day(DAY, 1)
    index.keep(DAY, listed(kept_call(tmp_path, words=ROOMS, faults={"fault": 2, "late": 1})), True, None)
    (call,) = index.search(Wanted())
    assert msgspec.structs.asdict(call) | {"id": 0} == {
        "id": 0, "folder": DAY, "sid": call_sid(1), "agent": "x", "caller": "+972501234567", "called": "",
        "began": 1795348800000, "seconds": 11.0, "state": "ended", "problem": "", "cause": "stop", "turns": 2,
        "gap": 0.5, "barge_ins": 0, "faults": 3, "first_words": "I want three rooms.", "shows_words": True,
    }  # fmt: skip
    index.close()
