"""Past calls over HTTP: found, paged, told without words where a config wants none, and gone with their folders."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession
from yarl import URL

from pipeline.config import Config
from pipeline.records.files import Words
from tests.kit import parrot
from tests.kit.alone import alone
from tests.kit.kept_calls import THEIRS, call_sid, kept_call
from tests.kit.past_calls import past_calls
from tests.kit.peer import call
from tests.kit.records import only_folder

ROOMS = Words(caller="three rooms please\nbye", agent="In which city?")


def agent(folder: Path | None, **changes: Any) -> Config:
    """A config that keeps its calls there."""
    return msgspec.structs.replace(parrot.config(folder=folder), **changes)


@alone
async def test_a_call_is_a_row(tmp_path: Path) -> None:
    """With its figures, its first words, and the commands that play it again."""
    kept_call(tmp_path, words=ROOMS, faults={"fault": 2})
    async with past_calls(agent(tmp_path)) as pages:
        answer = await pages.past()
    (row,) = answer["calls"]
    commands = row.pop("commands")
    assert row == {
        "sid": call_sid(1), "agent": "x", "caller": "+972501234567", "called": "",
        "began": "2026-11-22T12:00:00.000+00:00",
        "seconds": 11.0, "state": "ended", "problem": "", "cause": "stop", "turns": 2, "gap": 0.5, "barge_ins": 0,
        "faults": 2, "first_words": "three rooms please", "words": True,
    }  # fmt: skip
    assert f"replay {tmp_path}/2026-11-22/{call_sid(1)}" in commands["replay"] and "tune" in commands["tune"]
    assert {name: answer[name] for name in ("next", "reading", "kept", "agents", "causes")} == {
        "next": None, "reading": 1.0, "kept": True, "agents": ["x"], "causes": ["stop"],
    }  # fmt: skip


@alone
async def test_calls_are_found_and_filtered(tmp_path: Path) -> None:
    """By words, numbers, sid, agent, cause, faults and gap, and by several of them."""
    kept_call(tmp_path, 1, words=ROOMS)
    kept_call(tmp_path, 2, ago=timedelta(days=1), caller=THEIRS, agent="other", gap=1.7)
    kept_call(tmp_path, 3, ago=timedelta(days=2), cause="no_media", faults={"fault": 1})
    async with past_calls(agent(tmp_path)) as pages:
        assert await pages.numbers() == [1, 2, 3]
        assert await pages.numbers(query="CITY rooms") == [1]
        assert await pages.numbers(query="050-123-4567") == [1, 3]
        assert await pages.numbers(query=call_sid(2)) == [2]
        assert await pages.numbers(query="rooms tea") == []
        assert await pages.numbers(agent="other") == [2]
        assert await pages.numbers(cause="no_media") == [3]
        assert await pages.numbers(faults="1") == [3] and await pages.numbers(faults="0") == [1, 2, 3]
        assert await pages.numbers(gap="1.5") == [2] and await pages.numbers(gap="") == [1, 2, 3]
        assert await pages.numbers(gap="0.1", cause="stop", agent="x") == [1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gap", "soon"),
        ("gap", "nan"),
        ("gap", "-1"),
        ("gap", "inf"),
        ("faults", "yes"),
        ("limit", "0"),
        ("limit", "501"),
        ("limit", "x"),
        ("before", "x"),
        ("before", "1"),
        ("before", "9" * 30 + ".1"),
        ("query", "x" * 301),
    ],
)
@alone
async def test_a_wrong_question_is_told_so(tmp_path: Path, name: str, value: str) -> None:
    """With the parameter, and the form that it wants."""
    async with past_calls(agent(tmp_path)) as pages:
        said = (await pages.past(400, **{name: value}))["error"]
        assert said.startswith("The search" if name == "query" else f"`{name}`")


@alone
async def test_any_text_may_be_looked_for(tmp_path: Path) -> None:
    """Signs of the database, of patterns, of other scripts, and bytes that are no text."""
    kept_call(tmp_path, words=ROOMS)
    async with past_calls(agent(tmp_path)) as pages:
        for text in ("%", "' OR '1'='1", '"', "\0", "\u202e", "דירה", "\U0001f600", "tea " * 75):
            assert await pages.numbers(query=text) == [], text
        async with pages.session.get(URL("/api/past?query=%ff%fe", encoded=True)) as answer:
            assert (answer.status, (await answer.json())["calls"]) == (200, [])


@alone
async def test_pages_stay_right_while_calls_arrive(tmp_path: Path) -> None:
    """No call is shown twice, none is left out; the last page has no next one."""
    for number in range(1, 8):
        kept_call(tmp_path, number, ago=timedelta(hours=number // 3))
    async with past_calls(agent(tmp_path)) as pages:
        answer, seen = await pages.past(limit="3"), list[str]()
        while True:
            seen += [it["sid"] for it in answer["calls"]]
            if answer["next"] is None:
                break
            kept_call(tmp_path, 100 + len(seen))
            answer = await pages.past(limit="3", before=answer["next"])
        assert sorted(seen) == [call_sid(number) for number in range(1, 8)]
        assert (await pages.numbers())[:2] in ([103, 106], [106, 103])


@alone
async def test_calls_come_with_their_end_and_go_with_their_folder(tmp_path: Path) -> None:
    """A call under way is none yet."""
    async with past_calls(agent(tmp_path)) as pages, ClientSession() as session:
        async with call(pages.server, session) as peer:
            await peer.talks(2)
            assert (await pages.past())["calls"] == []
            await peer.say("stop")
            await peer.closed()
        while [it["cause"] for it in (await pages.past())["calls"]] != ["stop"]:  # once its record is written
            pass
        shutil.rmtree(only_folder(tmp_path))
        assert (await pages.past())["calls"] == []


@alone
async def test_unfinished_calls_are_broken_off(tmp_path: Path) -> None:
    """And those whose record cannot be read say why."""
    kept_call(tmp_path, 1, ended=False)
    (kept_call(tmp_path, 2, ago=timedelta(hours=1)) / "call.json").write_text("{")
    events = kept_call(tmp_path, 3, ago=timedelta(hours=2), ended=False) / "events.jsonl"
    os.utime(events)
    with events.open("ab") as written:  # by a process that lives: the records of others are ended at the start
        flock(written, LOCK_EX)
        async with past_calls(agent(tmp_path)) as pages:
            rows = {int(it["sid"][2:], 16): it for it in (await pages.past())["calls"]}
    assert {number: row["state"] for number, row in rows.items()} == {1: "cut", 2: "broken", 3: "under way"}
    assert "call.json cannot be read" in rows[2]["problem"] and rows[2]["faults"] == 1


@alone
async def test_words_stay_out_if_a_config_wants_none(tmp_path: Path) -> None:
    """That which answered, or that of the same name which answers now; neither shown nor found."""
    kept_call(tmp_path, 1, words=ROOMS, log_words=False)
    kept_call(tmp_path, 2, words=ROOMS, agent="quiet")
    kept_call(tmp_path, 3, words=ROOMS)
    async with past_calls(agent(tmp_path), agent(None, name="quiet", log_words=False)) as pages:
        rows = {int(it["sid"][2:], 16): it for it in (await pages.past())["calls"]}
        shown = {number: (row["first_words"], row["words"]) for number, row in rows.items()}
        assert shown == {1: ("", False), 2: ("", False), 3: ("three rooms please", True)}
        assert await pages.numbers(query="rooms") == [3]


@alone
async def test_folders_of_all_agents_are_read_once(tmp_path: Path) -> None:
    """Without any, the answer says that no record is kept."""
    kept_call(tmp_path / "a", 1)
    kept_call(tmp_path / "b", 2, ago=timedelta(hours=1))
    configs = [agent(tmp_path / name, name=f"{name}{number}") for number, name in enumerate("aab")]
    async with past_calls(*configs) as pages:
        assert await pages.numbers() == [1, 2]
    async with past_calls(agent(None)) as pages:
        answer = await pages.past()
        assert (answer["kept"], answer["calls"]) == (False, [])
