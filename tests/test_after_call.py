"""Work after a call: that it is done, bounded, and that no error of it is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import load
from pipeline.testing import CALL_SID, Played, play, play_async, run_virtual, voice
from tests.kit.after_call import notes, place, written

SAID = [(0.5, voice(1.0))]


def played(path: Path, seconds: float = 4.0, **options: Any) -> Played:
    return play(load(path), SAID, seconds, **options)


def test_it_knows_what_the_call_knew(tmp_path: Path) -> None:
    """The cause of its end, and the words of both sides as they were heard."""
    call = played(written(tmp_path))
    assert "NOTED stop ['user: hello', 'assistant: Good morning.']" in call.log
    assert any(line.startswith("AFTER_CALL done in 0.0 s: Job (") for line in call.log)
    assert notes(tmp_path) == [f"{CALL_SID} stop "] and call.call.faults == 0


def test_an_interrupted_reply_is_told_as_it_was_heard(tmp_path: Path) -> None:
    """The words that were not played are not in the conversation."""
    path = written(tmp_path)
    config = load(path, set={"llm.say": ["One two three four five six seven eight nine ten."]})
    summary = play(config, [(0.5, voice(1.0)), (3.0, voice(1.0))], 3.9).call.summary()
    assert [each.role for each in summary.conversation] == ["user", "assistant"]
    assert summary.conversation[1].text.startswith("One") and not summary.conversation[1].text.endswith("ten.")


def test_its_error_is_a_fault_of_its_step(tmp_path: Path) -> None:
    """Told and logged like any other, with the line of the config."""
    path = written(tmp_path, "after_call")
    call = played(path)
    told = [(what, it["step"], it["error"]) for _, what, it in call.events if what == "after_call_failed"]
    assert told == [("after_call_failed", f"Job ({place(path)})", "ValueError")]
    assert f"FAULT in Job ({place(path)}): ValueError" in call.log and call.call.faults == 1


@pytest.mark.fault("G2")
@pytest.mark.parametrize(("does", "took"), [("hang", 5.0), ("deaf", 7.0)])
def test_it_has_no_longer_than_it_may(tmp_path: Path, does: str, took: float) -> None:
    """It is cancelled then, gets 2 seconds more to end, and is left behind if it does not."""
    path = written(tmp_path, does, limit="5s")

    async def main() -> Played:
        call = await play_async(load(path), SAID, 4.0)
        await asyncio.sleep(10)  # until the deaf one has ended, too
        return call

    call = run_virtual(main())
    assert f"AFTER_CALL not finished in {took:.1f} s: Job ({place(path)})" in call.log
    assert [what for _, what, it in call.events if it.get("error") == "Unfinished"] == ["after_call_failed"]


@pytest.mark.fault("G1")
@pytest.mark.parametrize(
    "does", ["handler", "timer", "spawn", "spawn at once", "start", "close", "spawn at the end", "start at the end"]
)
def test_every_error_of_a_step_is_its_fault(tmp_path: Path, does: str) -> None:
    """Wherever it is raised: one fault, with the step's place, and the work after the call is done all the same."""
    path = written(tmp_path, does)
    call = played(path)
    told = [(it["step"], it["error"]) for _, what, it in call.events if what == "fault"]
    kind = "RuntimeError" if does.endswith("at the end") else "ValueError"
    assert told == [(f"Job ({place(path)})", kind)] and call.call.faults == 1
    assert notes(tmp_path)


@pytest.mark.fault("G1")
@pytest.mark.parametrize(
    ("does", "error"),
    [(f"{where} exits", "Exited") for where in ("handler", "timer", "spawn", "start", "close")]
    + [("spawn exits at once", "Exited"), ("spawn odd", "Exited"), ("spawn a function", "TypeError")],
)
def test_a_step_that_asks_to_exit_has_a_fault(tmp_path: Path, does: str, error: str) -> None:
    """`sys.exit()` in a step, and any other BaseException, does not end the process; the call goes on to its end."""
    path = written(tmp_path, does)
    call = played(path)
    told = [(it["step"], it["error"]) for _, what, it in call.events if what == "fault"]
    assert told == [(f"Job ({place(path)})", error)] and notes(tmp_path)


@pytest.mark.parametrize("does", ["after_call exits", "after_call is interrupted", "after_call odd"])
def test_work_after_a_call_does_not_end_the_process(tmp_path: Path, does: str) -> None:
    """It is a fault of its step, and never told of as done."""
    call = played(written(tmp_path, does))
    assert [it["error"] for _, what, it in call.events if what == "after_call_failed"] == ["Exited"]
    assert "AFTER_CALL done" not in "\n".join(call.log)


def test_an_error_that_is_dealt_with_is_none(tmp_path: Path) -> None:
    """Code that awaits a spawned task gets its error, and nothing else is told of it."""
    call = played(written(tmp_path, "awaited"))
    assert "dealt with" in call.log and call.call.faults == 0


def test_a_chain_that_cannot_begin_is_a_fault(tmp_path: Path, log: list[str]) -> None:
    """The error reaches the test that plays the call, and the log with the step's place."""
    path = written(tmp_path, "begin")
    with pytest.raises(ValueError, match="oops") as raised:
        played(path)
    assert raised.value.__notes__ == [f"in the step at {place(path)}"]


def test_a_step_with_an_outside_does_nothing_in_virtual_time(tmp_path: Path) -> None:
    """What reaches the world is for calls that are real."""
    path = written(tmp_path)
    job = (tmp_path / "job.py").read_text()
    (tmp_path / "job.py").write_text(job.replace("    settings: Settings\n", '    outside = "the network"\n', 1))
    played(path)
    assert notes(tmp_path) == []
