"""What stands in an outbox is delivered, signed, until it is received; then it is put away."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import msgspec
import pytest
from loguru import logger

from pipeline.after.case import Case, folders
from pipeline.after.delivery import Delivery
from pipeline.after.files import DEAD, DONE, PROCESSES, State, write
from pipeline.config import Config
from pipeline.redaction.settings import RedactSettings
from tests.kit.outboxes import config, put, read
from tests.kit.peer import sid
from tests.kit.receiver import CUT, Inbox, receiver


async def once(*configs: Config, hurries: bool = False) -> Delivery:
    """Work on every call that is due in the outboxes of these configs."""
    delivery = Delivery(asyncio.get_running_loop(), lambda: configs, hurries=hurries)
    await delivery.once()
    await delivery.close()
    return delivery


async def test_an_ended_call_is_told_once(tmp_path: Path) -> None:
    """With its words, under one id, verified by the receiver; then it is among those that are done."""
    put(tmp_path)
    async with receiver() as inbox:
        await once(config(inbox.after(), tmp_path))
        await once(config(inbox.after(), tmp_path))
    (name,) = inbox.ids
    assert name == f"evt_{sid()}_call.ended"
    data = inbox.events[name]["data"]
    assert data["call"]["cause"] == "stop"
    assert [each["who"] for each in data["transcript"]] == ["agent", "caller", "agent", "caller"]
    assert [each.name for each in folders(tmp_path, DONE)] == [sid()]


@pytest.mark.fault("M2")
@pytest.mark.parametrize("answer", [500, 503, 302, 408, 425, 429, CUT])
async def test_what_may_be_better_later_is_tried_again(tmp_path: Path, answer: int) -> None:
    """Under the same id, not at once, and by a process that comes later, too: an answer that is cut was not given."""
    path = put(tmp_path)
    async with receiver() as inbox:
        inbox.answers = [answer]
        served = config(inbox.after(), tmp_path)
        await once(served)
        (delivery,) = read(path).sent.deliveries
        assert (delivery.state, delivery.tries) == (State.PENDING, 1)
        await once(served)
        assert len(inbox.ids) == 1
        await once(served, hurries=True)
        assert inbox.ids == [f"evt_{sid()}_call.ended"] * 2
    assert not path.exists()


@pytest.mark.fault("M2")
async def test_a_receiver_that_is_down(tmp_path: Path) -> None:
    """The event waits, in the count of those that do."""
    path = put(tmp_path)
    async with receiver() as inbox:
        served = config(inbox.after(), tmp_path)
    delivery = await once(served)
    assert list(delivery.pending) == [path]
    assert read(path).sent.deliveries[0].last.startswith("no answer: ")
    async with receiver(port=int(inbox.url.split(":")[2].split("/")[0])) as back:
        await once(served, hurries=True)
    assert list(back.events) == [f"evt_{sid()}_call.ended"]


@pytest.mark.fault("M2")
@pytest.mark.parametrize(("answer", "state", "shelf"), [(400, State.DEAD, DEAD), (410, State.STOPPED, DONE)])
async def test_what_is_refused_is_not_repeated(tmp_path: Path, answer: int, state: State, shelf: str) -> None:
    """400 is given up, and kept; 410 says that the receiver wants it no more."""
    put(tmp_path)
    async with receiver() as inbox:
        inbox.answers = [answer]
        await once(config(inbox.after(), tmp_path))
        await once(config(inbox.after(), tmp_path), hurries=True)
    assert len(inbox.ids) == 1
    assert read(tmp_path / shelf / sid()).sent.deliveries[0].state is state


async def test_each_receiver_is_for_itself(tmp_path: Path) -> None:
    """One that refuses keeps no other from its event, and each gets the parts that it includes."""
    put(tmp_path)
    async with receiver() as one, receiver() as other:
        one.answers = [503]
        after = one.after()
        (second,) = other.after(receiver={"include": ("figures",)}).send
        await once(config(msgspec.structs.replace(after, send=[*after.send, second]), tmp_path))
    assert (len(one.events), len(other.events)) == (0, 1)
    (event,) = other.events.values()
    assert set(event["data"]) == {"call", "figures"}


async def test_two_processes_send_it_once(tmp_path: Path) -> None:
    """A call that one works on is left alone by the other."""
    for number in range(1, 6):
        put(tmp_path, number)
    async with receiver() as inbox:
        served = config(inbox.after(), tmp_path)
        await asyncio.gather(once(served), once(served))
    assert sorted(inbox.ids) == sorted(f"evt_{sid(number)}_call.ended" for number in range(1, 6))


@pytest.mark.fault("M1")
async def test_a_call_whose_process_is_gone_has_ended(tmp_path: Path) -> None:
    """As lost; the file by which its process would have been known is removed with it."""
    (tmp_path / PROCESSES).mkdir()
    (tmp_path / PROCESSES / "1-a").touch()
    put(tmp_path, process="1-a")
    async with receiver() as inbox:
        await once(config(inbox.after(), tmp_path))
    assert inbox.events[f"evt_{sid()}_call.ended"]["data"]["call"]["cause"] == "lost"
    assert not list((tmp_path / PROCESSES).iterdir())


async def test_a_call_of_a_config_that_is_not_served_waits(tmp_path: Path) -> None:
    """It is said, and nothing is sent to another config's receiver."""
    path, lines = put(tmp_path), list[str]()
    sink = logger.add(lambda message: lines.append(message.record["message"]))
    async with receiver() as inbox:
        await once(config(inbox.after(), tmp_path, name="other"))
    logger.remove(sink)
    assert path.exists() and not inbox.ids
    assert any("no config `parrot` with `after.send` is served" in line for line in lines)


async def test_what_was_received_is_kept_for_its_time(tmp_path: Path) -> None:
    """Then it is removed; what was given up stays."""
    for shelf in (DONE, DEAD):
        os.utime(put(tmp_path / shelf), (1, 1))
    async with receiver() as inbox:
        delivery = await once(config(inbox.after(keep=3600.0), tmp_path))
    assert not folders(tmp_path, DONE)
    assert delivery.dead == len(folders(tmp_path, DEAD)) == 1


@pytest.mark.fault("M3")
async def test_an_outbox_that_takes_nothing_is_told(tmp_path: Path) -> None:
    """Its reason is the fault by which the server is not ready."""
    (tmp_path / "file").touch()
    async with receiver() as inbox:
        delivery = await once(config(inbox.after(), tmp_path / "file" / "outbox"))
        assert delivery.fault == "Not a directory"


async def test_a_broken_file_keeps_no_other_call(tmp_path: Path) -> None:
    """It is told of, and stays."""
    (put(tmp_path, 1) / "ended.json").write_text("{", encoding="utf-8")
    put(tmp_path, 2)
    async with receiver() as inbox:
        await once(config(inbox.after(), tmp_path))
    assert inbox.ids == [f"evt_{sid(2)}_call.ended"]
    assert (tmp_path / sid(1)).exists()


async def test_a_secret_that_is_replaced(tmp_path: Path) -> None:
    """Both keys sign, so that a receiver with either takes it."""
    put(tmp_path)
    old, new = "b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xk", "bmV3IG5ldyBuZXcgbmV3IG5ldyBuZXcgbmV3"
    async with receiver(old) as one, receiver(new) as other:
        first, second = Inbox(old), Inbox(new)
        first.url, second.url = one.url, other.url
        both = [*first.after().send[0].secrets, *second.after().send[0].secrets]
        send = [msgspec.structs.replace(each.after().send[0], secret=both) for each in (first, second)]
        await once(config(msgspec.structs.replace(first.after(), send=send), tmp_path))
    assert len(one.events) == len(other.events) == 1


async def test_a_lost_call_is_redacted(tmp_path: Path) -> None:
    """As all work after a call, if the config says so: nothing else may come out of a record."""
    record = tmp_path / "record"
    record.mkdir()
    heard = {"turn": 1, "text": "my number is 052-1234567", "final": True, "language": "en-US", "confidence": 0.9}
    started = {"turn": 1, "at": 0.5, "pcm": 0.0}
    lines = [
        {"at": 1.0, "no": 0, "what": "SpeechStarted", "step": "x", "frame": started},
        {"at": 2.0, "no": 1, "what": "Transcript", "step": "x", "frame": heard},
    ]
    (record / "events.jsonl").write_bytes(b"".join(msgspec.json.encode(it) + b"\n" for it in lines))
    put(tmp_path / "outbox", process="1-a", record=str(record))
    async with receiver() as inbox:
        redact = RedactSettings(after_call=True)
        await once(config(inbox.after(), tmp_path / "outbox", redact=redact))
    (event,) = inbox.events.values()
    assert [each["text"] for each in event["data"]["transcript"]] == ["my number is [phone]"]


async def test_a_state_that_the_disk_does_not_take(tmp_path: Path) -> None:
    """The event is received once all the same, as long as the process lives."""
    path = put(tmp_path)
    (path / "sent.json.part").mkdir()
    async with receiver() as inbox:
        inbox.answers = [503]
        served = config(inbox.after(), tmp_path)
        delivery = Delivery(asyncio.get_running_loop(), lambda: (served,), hurries=True)
        await delivery.attempt(path)
        await delivery.attempt(path)
        await delivery.attempt(path)
        await delivery.close()
    assert len(inbox.ids) == 2


def test_a_dead_call_is_taken_back(tmp_path: Path) -> None:
    """With its dead deliveries as new ones."""
    case = Case(put(tmp_path / DEAD))
    write(case.path / "sent.json", {"deliveries": [{"event": "call.ended", "to": "x", "shown": "y", "state": "dead"}]})
    case.close()
    case = Case(case.path)
    case.take_back()
    case.close()
    assert read(tmp_path / sid()).pending()
