"""The shipped agent with tools, called over real sockets with stand-ins for all that it asks."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from pipeline.tools.call.dial import call
from pipeline.tools.call.options import CallOptions
from tests.kit.alone import SLOW, run

CONFIG = Path(__file__).parents[2] / "configs/sales_he.yaml"
FAST = (  # a voice that does not waste a test's time
    "tts.speaking_rate=2.0",
    "record.folder=",
    "tools.find_listings.say=[]",
    "tools.book_viewing.say=[]",
    "tools.book_viewing.confirm=שם {name}.",
)
UNSET = ("OPENAI_API_KEY", "LLM_MODEL", "GOOGLE_APPLICATION_CREDENTIALS", "TWILIO_ACCOUNT_SID", "CRM_URL", "CRM_KEY")

BOOK = '{use: book_viewing, with: {listing: L7, day: "2030-01-06", hour: "17:00", name: דנה, phone: 054-123-4567}}'
SAID = f"""\
- say: דירה
- answer: {{use: find_listings, with: {{city: תל אביב, rooms: 4}}}}
- answer: יש.
- wait_reply: 15s
- say: סיור
- answer: {BOOK}
- wait_reply: 15s
- say: כן
- answer: {BOOK}
- answer: נקבע.
- wait_reply: 15s
"""


def test_a_viewing_is_looked_up_read_back_and_booked(tmp_path: Path, log: list[str]) -> None:
    """Really, but at the stand-in on this machine: no key, no account and no network is needed."""
    report = placed(tmp_path)
    assert report["ok"] and [turn["said"] for turn in report["turns"]] == ["דירה", "סיור", "כן"]
    used = [line.split()[1:3] for line in log if line.startswith("TOOL ")]
    assert used == [["find_listings", "done"], ["book_viewing", "refused:"], ["book_viewing", "done"]]
    assert not any("(rehearsed)" in line for line in log)


def placed(folder: Path) -> dict[str, Any]:
    """Place the call, without any variable of this machine's, and return its report."""
    said, out = folder / "call.yaml", io.StringIO()
    said.write_text(SAID, encoding="utf-8")
    options = CallOptions(
        target=str(CONFIG),
        stand_ins=True,
        as_json=True,
        really=True,
        script=said,
        changes=(*FAST, f"after.folder={folder}"),
    )
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out):
        for name in UNSET:
            patch.delenv(name, raising=False)
        code = run(call(options), limit=SLOW)
    report: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    assert code == 0, report
    return report
