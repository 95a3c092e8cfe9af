"""`outbox` lists, sends and drops what its configs have left."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.after.case import folders
from pipeline.after.files import DEAD, DONE, Delivery, Sent, State, write
from pipeline.faults import KavError, UsageError
from pipeline.tools.outbox.options import OutboxOptions
from pipeline.tools.outbox.outbox import outbox
from tests.kit.alone import run
from tests.kit.chain import chain
from tests.kit.outboxes import put
from tests.kit.peer import sid
from tests.kit.receiver import SECRET, receiver

URL = "http://127.0.0.1:9/hooks/kav"


def written(folder: Path, url: str = URL) -> str:
    """Write a config with its outbox."""
    path = folder / "parrot.yaml"
    path.write_text(chain(f"name: parrot\nafter: {{send: [{{url: '{url}', secret: {SECRET}}}]}}\n"), encoding="utf-8")
    return str(path)


def given_up(folder: Path, number: int) -> None:
    """Put a call on the shelf of those that were given up."""
    path = put(folder / "outbox" / DEAD, number)
    refused = Delivery(event="call.ended", to="x", shown=URL, state=State.DEAD, tries=1, last="HTTP 400")
    write(path / "sent.json", Sent(deliveries=[refused]))


def rows(capsys: Any, *words: str) -> Any:
    """Return what `outbox list` shows as JSON."""
    capsys.readouterr()
    assert outbox(OutboxOptions(words=words, as_json=True)) == 0
    return json.loads(capsys.readouterr().out)


def test_the_list_has_what_is_not_delivered(tmp_path: Path, capsys: Any) -> None:
    """New ones, those that were given up with the last answer, and calls whose process is gone."""
    put(tmp_path / "outbox", 1)
    put(tmp_path / "outbox", 2, process="1-a")
    given_up(tmp_path, 3)
    found = rows(capsys, written(tmp_path))
    assert [(each["call"], each["state"], each["last"]) for each in found] == [
        (sid(1), "new", ""),
        (sid(2), "lost", ""),
        (sid(3), "dead", "HTTP 400"),
    ]
    assert outbox(OutboxOptions(words=("list", written(tmp_path)))) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == ["call", "event", "receiver", "state", "tries", "last"]


def test_an_empty_list(tmp_path: Path, capsys: Any) -> None:
    """It says so."""
    assert outbox(OutboxOptions(words=(written(tmp_path),))) == 0
    assert capsys.readouterr().out == "nothing is to be delivered\n"


def test_sending_now(tmp_path: Path, capsys: Any) -> None:
    """What is due later, too, and with `--dead` what was given up; 1 as long as something is left."""
    put(tmp_path / "outbox", 1)
    given_up(tmp_path, 2)
    assert outbox(OutboxOptions(words=("send", written(tmp_path)))) == 1
    assert "again in" in capsys.readouterr().out

    async def sent() -> list[str]:
        async with receiver() as inbox:
            options = OutboxOptions(words=("send", written(tmp_path, inbox.url)), dead=True)
            assert await asyncio.to_thread(outbox, options) == 0
            return sorted(inbox.ids)

    assert run(sent()) == [f"evt_{sid(number)}_call.ended" for number in (1, 2)]
    assert len(folders(tmp_path / "outbox", DONE)) == 2 and not folders(tmp_path / "outbox", DEAD)


def test_dropping(tmp_path: Path, capsys: Any) -> None:
    """Only what is named, or what was given up; never without being asked."""
    for number in (1, 2):
        put(tmp_path / "outbox", number)
    given_up(tmp_path, 3)
    path = written(tmp_path)
    with pytest.raises(UsageError, match="add --yes"):
        outbox(OutboxOptions(words=("drop", path)))
    assert outbox(OutboxOptions(words=("drop", path), call=(sid(1),), yes=True)) == 0
    assert [each["call"] for each in rows(capsys, path)] == [sid(2), sid(3)]
    assert outbox(OutboxOptions(words=("drop", path), dead=True, yes=True)) == 0
    assert [each["call"] for each in rows(capsys, path)] == [sid(2)]


def test_what_is_not_there(tmp_path: Path) -> None:
    """It is said in a sentence."""
    with pytest.raises(UsageError, match="needs a config"):
        outbox(OutboxOptions(words=("send",)))
    with pytest.raises(KavError, match="no such call"):
        outbox(OutboxOptions(words=("drop", written(tmp_path)), call=(sid(9),)))
    (tmp_path / "none.yaml").write_text(chain("name: none\n"), encoding="utf-8")
    with pytest.raises(KavError, match="send nothing after a call"):
        outbox(OutboxOptions(words=(str(tmp_path / "none.yaml"),)))
