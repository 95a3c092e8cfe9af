"""What runs say together: which to believe, the knee, the ratios, the plan, the file, the page."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.bench import page, plan, results, verdict
from benchmarks.bench.environment import LOAD, PEERS, ROOT
from benchmarks.bench.plan import BARE, KAV, PIPECAT, SERVERS, SILERO, Point
from benchmarks.bench.results import Results
from benchmarks.load.caller import Script
from benchmarks.load.outcome import Spread
from tests.kit.runs import ABOUT, run


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({}, ""),
        ({"foreign": 0.31}, "other work took 0.31 cores"),
        ({"stalled": 0.3}, "stood still for 1.5% of the time"),
        ({"ticks": 6.0}, "the generator was the bottleneck: 6.0 ms late"),
        ({"load_cores": 0.95}, "the generator was the bottleneck"),
    ],
)
def test_a_run_says_why_not_to_believe_it(what: dict[str, Any], said: str) -> None:
    """Of the machine first, then of the generator."""
    doubt = verdict.doubt(run(**what))
    assert said in doubt and bool(said) == bool(doubt)


def test_a_row_is_the_median_of_what_can_be_believed() -> None:
    """A disturbed run counts only where there is no other, and then the row says so."""
    runs = [run(response=10), run(response=20), run(response=30), run(response=500, foreign=1.0)]
    (row,) = verdict.rows(runs)
    assert (row.response_late, row.runs, row.doubt) == (20, 3, "")
    (row,) = verdict.rows([run(foreign=1.0)])
    assert row.runs == 1 and "other work" in row.doubt


@pytest.mark.parametrize(
    "what",
    [
        {"response": 200.1},
        {"barge_in": 100.1},
        {"underruns": 4},
        {"counts": {"no_response": 1}},
        {"counts": {"refused": 1}},
    ],
)
def test_the_limit(what: dict[str, Any]) -> None:
    """Four underruns in a thousand messages, a failure, or a p99 above its bound is past it; three are not."""
    assert verdict.rows([run(response=200, barge_in=100, underruns=3)])[0].holds
    assert not verdict.rows([run(**what)])[0].holds


def test_no_answer_is_not_a_quick_one() -> None:
    """A server that never answered has no figures, and is past its limit."""
    silent = run()
    silent = msgspec.structs.replace(silent, outcome=msgspec.structs.replace(silent.outcome, response=Spread()))
    (row,) = verdict.rows([silent])
    assert math.isnan(row.response) and math.isnan(row.response_late) and not row.holds
    assert "| – | – | 2.50 |" in page.render(Results(ABOUT, [silent]), "performance")
    assert verdict.rows([silent, run(response=30)])[0].response_late == 30


def test_one_underrun_in_all_repeats_is_one() -> None:
    """They are not averaged away."""
    assert verdict.rows([run(), run(), run(underruns=1)])[0].underruns == 1


def test_the_knee_is_the_largest_load_that_is_held() -> None:
    """For each server by itself; none is 0."""
    runs = [run(KAV, 10), run(KAV, 100), run(KAV, 200, underruns=4), run(PIPECAT, 10, response=280)]
    found = verdict.rows(runs)
    assert [verdict.knee(found, name) for name in (KAV, PIPECAT, BARE)] == [100, 0, 0]


def test_past_the_limit_is_a_full_core_that_fails() -> None:
    """Not a failure of another kind, and not a full core that holds."""
    runs = [run(KAV, 10, cores=0.99), run(KAV, 20, cores=0.99, response=270), run(KAV, 30, response=270)]
    assert verdict.beyond(runs) == [(KAV, 20)]
    assert plan.spent(KAV, 100, [(KAV, 20), (BARE, 30)]) is None
    assert plan.spent(KAV, 100, [(KAV, 20), (KAV, 30)]) == 30
    assert plan.spent(KAV, 30, [(KAV, 20), (KAV, 30)]) is None


def test_ratios_of_nothing_say_nothing() -> None:
    """Otherwise they are what they are."""
    assert verdict.ratio(3.0, 2.0) == 1.5
    assert verdict.ratio(0, 2) is None and verdict.ratio(2, 0) is None and verdict.ratio(-1, 2) is None


def test_the_summary_says_whether_to_believe() -> None:
    """All of it, but some rows, or nothing."""
    calm = [run(KAV, calls) for calls in (1, 2, 3, 4, 5)]
    assert "Every row can be believed; 1 of 6" in verdict.summary([*calm, run(KAV, 1, foreign=1.0)])
    assert "1 of 5 rows" in (said := verdict.summary([*calm[1:], run(KAV, 1, foreign=1.0)])) and "those rows" in said
    assert "do not believe these figures" in verdict.summary([run(foreign=1.0)])
    assert verdict.summary([]) == "Nothing was measured."


@given(st.lists(st.sampled_from((KAV, BARE, PIPECAT)), unique=True), st.sets(st.integers(1, 500)), st.integers(1, 4))
def test_every_server_takes_turns(servers: list[str], calls: set[int], repeats: int) -> None:
    """Each load goes to all servers one after the other, each repeat begins with another one, and none is left out."""
    found = plan.points(dict.fromkeys(servers, sorted(calls)), repeats)
    assert len(set(found)) == len(found) == len(servers) * len(calls) * repeats
    for at in range(0, len(found), max(1, len(servers))):
        assert len({(point.calls, point.repeat) for point in found[at : at + len(servers)]}) == 1
    if calls and len(servers) > 1 and repeats > 1:
        assert found[0].server != found[len(servers) * len(calls)].server


def test_a_quick_run_takes_minutes() -> None:
    """And a full one hours, for all servers; few calls speak more often."""
    assert 120 < plan.left(plan.points(plan.loads(SERVERS, (), True), 1), quick=True) < 360
    assert 3600 < plan.left(plan.points(plan.loads(SERVERS, (), False), 3), quick=False) < 4 * 3600
    assert plan.load(Point(KAV, 1, 0), False).script.turns > plan.load(Point(KAV, 500, 0), False).script.turns


def test_each_server_has_its_loads() -> None:
    """Those that were asked for, or its own; of a quick run, few."""
    assert plan.loads([KAV, SILERO], [7], quick=False) == {KAV: [7], SILERO: [7]}
    own = plan.loads([KAV, SILERO], (), quick=False)
    assert [point.calls for point in plan.points(own, 1) if point.server == SILERO] == list(plan.OWN[SILERO])
    assert plan.loads([KAV, SILERO], (), quick=True) == {KAV: list(plan.QUICK), SILERO: [100]}


def test_results_are_kept(tmp_path: Path) -> None:
    """What was appended is read back, without a line that was cut off; the next one comes in its place."""
    file = tmp_path / "new" / "full.jsonl"
    assert results.read(file) is None
    for line in (ABOUT, run(calls=1), run(calls=2)):
        results.append(file, line)
    with file.open("ab") as into:
        into.write(msgspec.json.encode(run(calls=3))[:50])
    assert results.read(file) == Results(ABOUT, [run(calls=1), run(calls=2)])
    results.append(file, run(calls=4))
    assert [it.calls for it in results.read(file).runs] == [1, 2, 4]


@pytest.mark.parametrize("text", ["{}\n", "no JSON\n", "\n", '{"type":"run"}\n'])
def test_other_files_are_no_results(tmp_path: Path, text: str) -> None:
    """They are refused by name."""
    file = tmp_path / "other.jsonl"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"other\.jsonl is not a file of results"):
        results.read(file)


def test_the_page_is_made_anew_between_its_marks(tmp_path: Path) -> None:
    """What stands around the figures stays, and twice is the same as once."""
    file = tmp_path / "performance.md"
    file.write_text(f"before\n{page.BEGIN}\nold\n{page.END}\nafter\n")
    found = Results(ABOUT, [run(KAV), run(PIPECAT, cores=0.2, memory=240.0)])
    page.write(file, found)
    text = file.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text
    assert "| 10 | 0.01000 | 80.0 | 5.00 | 10.0 | 2.50 | 5.00 | 1.00 | 0 | 1.00 | within its limit |" in text
    assert "### Pipecat, in multiples of Kav" in text and "| 10 | 2.00× | 3.00× | 1.00× |" in text
    page.write(file, found)
    assert file.read_text() == text


def test_other_work_is_in_no_ratio() -> None:
    """Kav with a model that judges voice has a knee and figures, and no ratio to another server."""
    text = page.render(Results(ABOUT, [run(KAV, 30), run(PIPECAT, 30), run(SILERO, 100)]), "performance")
    assert "| Kav, vad.silero | – | at least 100 | 0.00100 |" in text
    assert "### Kav, vad.silero\n" in text and "Kav, vad.silero, in multiples" not in text


def test_servers_are_compared_by_cores_and_by_knee() -> None:
    """With 30 calls each, and at the knee, which is open where the largest load was held."""
    runs = [
        run(KAV, 30),
        run(KAV, 50, cores=0.1),
        run(PIPECAT, 30, cores=0.9),
        run(PIPECAT, 50, underruns=9),
        run(BARE),
    ]
    text = page.render(Results(ABOUT, runs), "performance")
    assert "| Kav | 0.00333 | at least 50 | 0.00200 |" in text
    assert "| Pipecat | 0.03000 | 30 | 0.03000 |" in text
    assert "| Bare loop | – | at least 10 | 0.01000 |" in text


def test_a_server_that_holds_nothing_has_no_knee() -> None:
    """Its knee is 0, and there are no cores at it."""
    assert "| Pipecat | – | 0 | – |" in page.render(Results(ABOUT, [run(PIPECAT, underruns=9)]), "performance")


def test_a_page_without_marks_stays(tmp_path: Path) -> None:
    """It is said what it lacks, and nothing is written."""
    file = tmp_path / "performance.md"
    file.write_text("prose\n")
    with pytest.raises(page.NoPlace, match="these two lines"):
        page.write(file, Results(ABOUT, []))
    assert file.read_text() == "prose\n"


def test_the_shipped_page_has_a_place() -> None:
    """With the bounds that the verdict applies, and requirements that are bounded."""
    text = (ROOT / "docs/performance.md").read_text(encoding="utf-8")
    assert text.index(page.BEGIN) < text.index(page.END)
    for word in (
        f"at most {verdict.BARGE_IN:.0f} ms",
        f"at most {verdict.RESPONSE:.0f} ms",
        f"{verdict.UNDERRUNS * 1000:.0f} underruns in a thousand",
        f"than {verdict.FOREIGN} cores",
    ):
        assert word in " ".join(text.split())
    for file in (LOAD, PEERS):
        lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
        assert lines and all(">=" in line and "<" in line for line in lines)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.00"), (0.0042, "0.0042"), (0.5, "0.50"), (12.34, "12.3"), (math.nan, "–"), (517.2, "517")],
)
def test_numbers_have_three_digits(value: int, text: str) -> None:
    """As people write them."""
    assert page.number(value) == text


def test_the_script_is_told_the_length_of_a_reply() -> None:
    """The bare loop's and Pipecat's replies are as long as Kav's, by the config that it runs."""
    from pipeline.config import load

    steps = {step.word: step.settings for step in load(ROOT / "configs/bench.yaml").steps}
    voice, model = steps["tts.tone"], steps["llm.script"]
    assert {len(text) * voice.ms_per_letter / 1000 for text in model.say} == {Script().reply}
    turn = steps["end_of_utterance"]
    assert turn.min_silence == Script().stop and turn.barge_in_frames * 0.02 == pytest.approx(Script().start)
