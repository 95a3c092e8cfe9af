"""The invariants are asserted after every test in which calls are run, and each of them can fail."""

from __future__ import annotations

import ast
import asyncio
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession

from pipeline import audio
from pipeline.phone.result import CallResult, Turn
from pipeline.server.address import HERE, Address
from pipeline.server.app import running
from pipeline.server.options import Options
from tests.house.measures import ROOT, tree
from tests.kit import parrot
from tests.kit.alone import run
from tests.kit.bystander import WORST, Bystander, bystander, longest_silence
from tests.kit.invariants import FOLDERS, Held, is_watched

LEAKS = """
import asyncio, json, os, socket, subprocess, sys, threading
from pipeline.server.app import running
from pipeline.standins.google_speech import GoogleSpeech
from tests.kit import parrot
from tests.kit.alone import run
from tests.kit.invariants import STREAMS
from tests.kit.peer import ring, sid
kept = []

def test_clean(tmp_path): pass
def test_file(): kept.append(open(os.devnull))
def test_socket(): kept.append(socket.socket())
def test_thread():
    kept.append(threading.Thread(target=threading.Event().wait, daemon=True, name="left"))
    kept[-1].start()
def test_child(): kept.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
def test_task():
    async def main(): kept.append(asyncio.ensure_future(asyncio.sleep(60)))
    run(main())
def test_error():
    async def fails(): raise LookupError("of a task")
    async def main():
        asyncio.ensure_future(fails())
        await asyncio.sleep(0)
    run(main())
def test_late_error():
    async def main(): asyncio.get_running_loop().call_exception_handler({"message": "late"})
    asyncio.run(main())
def test_stream():
    async def main():
        async with GoogleSpeech() as it: it.open += 1
    run(main())
def test_slot():
    async def main():
        async with running([parrot.config()]) as server:
            entry = server.registry.reserve(sid(), server.board.agents[0])
        server.registry.entries[sid()] = entry
    run(main())
def test_slot_twice():
    async def main():
        async with running([parrot.config()]) as server:
            entry = server.registry.reserve(sid(), server.board.agents[0])
            server.registry.release(entry, "stop")
            server.registry.entries[sid()], entry.cause = entry, ""
            server.registry._tokens[entry.token] = entry
            server.registry.release(entry, "stop")
    run(main())
def _record(tmp_path, *lines):
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(it) + "\\n" for it in lines))
END, OVER = {"what": "ended", "cause": "stop"}, {"what": "state", "now": "ENDED"}
def test_record_clean(tmp_path): _record(tmp_path, OVER, END)
def test_record_ends_twice(tmp_path): _record(tmp_path, OVER, END, END)
def test_record_goes_on(tmp_path): _record(tmp_path, END, OVER)
def test_call_ends_twice(tmp_path): _record(tmp_path, OVER, OVER, END)
def test_no_cause(tmp_path): _record(tmp_path, OVER, {"what": "ended", "cause": ""})
"""
CLEAN = {"test_clean", "test_record_clean"}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The tests of LEAKS that failed, in a process of their own, below a folder in which calls are run by its name."""
    folder = tmp_path_factory.mktemp("leaks") / "tests"
    (folder / "server/deep").mkdir(parents=True)
    (folder / "conftest.py").write_text("from tests.conftest import *\n", encoding="utf-8")
    path = folder / "server/deep/test_leaks.py"
    path.write_text(LEAKS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), "-rA"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", str(path)], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert "error" in done.stdout, done.stdout + done.stderr
    return set(re.findall(r"^(?:FAILED|ERROR) \S*::(\w+)", done.stdout, re.MULTILINE))


@pytest.mark.parametrize("name", re.findall(r"^def (test_\w+)", LEAKS, re.MULTILINE))
def test_whatever_is_left_fails_its_test(name: str, outcomes: set[str]) -> None:
    """A leak of each kind; and a test that leaves nothing passes."""
    assert (name in outcomes) != (name in CLEAN)


@pytest.mark.parametrize("folder", FOLDERS)
def test_each_folder_in_which_calls_are_run_is_watched(folder: str) -> None:
    """With all below it; the fixture is named once, so that no folder and no test has another in its place."""
    tests = sorted((ROOT / "tests" / folder).rglob("test_*.py"))
    assert tests
    assert all(is_watched(path) for path in tests)
    assert not is_watched(ROOT / "tests/text/test_heard.py")
    assert not is_watched(ROOT / f"tests/tools/{folder}/test_x.py")


def test_no_test_has_another_fixture_in_its_place() -> None:
    """The name of the fixture stands in the one conftest.py alone."""
    named = [it for it in (ROOT / "tests").rglob("*.py") if "def nothing_left" in it.read_text(encoding="utf-8")]
    assert [it for it in named if it != Path(__file__)] == [ROOT / "tests/conftest.py"]


def test_loops_are_run_where_tasks_are_looked_for() -> None:
    """`asyncio.run` cancels what is left, and says nothing: in these folders the kit's `run` stands in its place."""
    for path in (path for folder in FOLDERS for path in (ROOT / "tests" / folder).rglob("*.py")):
        called = [ast.unparse(node.func) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
        assert not {"asyncio.run", "asyncio.Runner", "uvloop.run"}.intersection(called), path


def test_it_costs_little() -> None:
    """Looking at what is held takes a few system calls for each open file, and no look at all objects."""
    before = Held.now()
    assert before.left() == []
    assert len(before.files) < 100


def test_a_bystander_notices_what_its_call_suffers() -> None:
    """A call in peace passes; a gap, a sound that is lost and an end each fail the block."""

    async def beside(do: Any, worst: float = WORST) -> None:
        chosen = Options(port=0, admin=Address(HERE, 0))
        serving, client = running([parrot.config()], chosen), ClientSession()
        async with serving as server, client as session, bystander(server, session, worst=worst) as it:
            await asyncio.sleep(0.1)
            await do(it)

    async def nothing(it: Bystander) -> None:
        assert len(it.gaps) > 1

    async def eats(it: Bystander) -> None:
        it.heard += 1

    async def hangs_up(it: Bystander) -> None:
        await it.peer.press("1")

    run(beside(nothing))
    for do, worst in ((nothing, -1.0), (eats, WORST), (hangs_up, WORST)):
        with pytest.raises((AssertionError, ConnectionError)):
            run(beside(do, worst))


def test_the_longest_silence_is_that_of_the_agents_turns() -> None:
    """Up to the first sound, between two, or all of a turn without an answer; pauses of the caller are none."""
    tone, pause = audio.tone(1.0, 400.0), bytes(16000)
    turns = (Turn("a", 10.2, 11.0, 11.5), Turn("b", 15.0, 15.5, None))
    track = bytes(16000 + 8000) + tone + pause + tone  # heard from 11.5 to 12.5 and from 13.5 to 14.5
    result = CallResult(call_sid="", stream_sid="", started=10.0, ended=16.0, turns=turns[:1], agent_track=track)
    assert longest_silence(result) == pytest.approx(1.0, abs=0.05)
    assert longest_silence(msgspec.structs.replace(result, turns=turns)) == pytest.approx(1.0, abs=0.05)
    assert longest_silence(msgspec.structs.replace(result, turns=turns, ended=18.0)) == pytest.approx(2.5, abs=0.05)
    assert longest_silence(msgspec.structs.replace(result, turns=())) == 0.0
