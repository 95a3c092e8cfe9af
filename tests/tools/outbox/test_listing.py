"""The rows of the list of events."""

from __future__ import annotations

from pathlib import Path
from time import time
from typing import Any

from pipeline.after.files import DEAD, Delivery, Sent, State, write
from pipeline.tools.outbox.listing import listed, show
from tests.kit.outboxes import put, read
from tests.kit.peer import sid


def delivery(event: str, state: State, **changes: Any) -> Delivery:
    """Return a delivery."""
    return Delivery(event=event, to="x", shown="https://x", state=state, **changes)


def test_only_deliveries_that_are_not_over_have_rows(tmp_path: Path, capsys: Any) -> None:
    """With the time until the next attempt; as JSON with its moment."""
    path = put(tmp_path)
    waits = delivery("call.analysed", State.PENDING, tries=3, due=time() + 600, last="HTTP 503")
    write(path / "sent.json", Sent(deliveries=[delivery("call.ended", State.DELIVERED), waits]))
    (row,) = listed([read(path)])
    assert (row["event"], row["tries"], row["due"]) == ("call.analysed", 3, waits.due)
    show([row], as_json=False)
    line = capsys.readouterr().out.splitlines()[1]
    assert line.startswith(sid()) and "pending, again in 10min" in line and line.endswith("HTTP 503")


def test_what_is_dead_for_another_reason_has_no_row(tmp_path: Path) -> None:
    """A call whose receivers wanted no more is done, and one on the shelf of the dead has its dead deliveries alone."""
    path = put(tmp_path / DEAD)
    states = [delivery("call.ended", State.STOPPED), delivery("call.analysed", State.DEAD)]
    write(path / "sent.json", Sent(deliveries=states))
    assert [each["event"] for each in listed([read(path)])] == ["call.analysed"]
