"""The list of the events in outboxes, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from time import time
from typing import Any

from pipeline.after.case import Case
from pipeline.after.files import DEAD, State
from pipeline.config.yaml.scalars import span
from pipeline.terminal.columns import padded

HEAD = ("call", "event", "receiver", "state", "tries", "last")


def listed(cases: Iterable[Case]) -> list[dict[str, Any]]:
    """Return a row for each delivery that is not over, and one for each call that has none yet."""
    return [row for case in cases for row in _rows(case)]


def show(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print the rows."""
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    if not rows:
        print("nothing is to be delivered")
        return
    table = [HEAD, *(tuple(_cell(row, name) for name in HEAD) for row in rows)]
    widths = [max(len(line[at]) for line in table) for at in range(len(HEAD))]
    for line in table:
        print("  ".join(padded(cell, width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _rows(case: Case) -> Iterable[dict[str, Any]]:
    about = {"call": case.name, "config": case.began.config if case.began is not None else ""}
    if case.ended is None:
        state = "under way" if case.is_under_way else "lost"
        yield {**about, "event": "", "receiver": "", "state": state, "tries": 0, "last": "", "due": None}
        return
    open_ = [each for each in case.sent.deliveries if each.state in (State.PENDING, State.DEAD)]
    for each in open_:
        yield {
            **about,
            "event": each.event,
            "receiver": each.shown,
            "state": str(each.state),
            "tries": each.tries,
            "last": each.last,
            "due": each.due if each.state is State.PENDING else None,
        }
    if not open_ and case.path.parent.name != DEAD:
        yield {**about, "event": "", "receiver": "", "state": "new", "tries": 0, "last": "", "due": 0.0}


def _cell(row: dict[str, Any], name: str) -> str:
    value = str(row[name])
    if name == "state" and row["due"] and (wait := row["due"] - time()) > 0:
        return f"{value}, again in {span(round(wait))}"
    return value
