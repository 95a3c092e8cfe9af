"""The body of an event and its signature."""

from __future__ import annotations

import json
from time import time
from typing import Any

import msgspec
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from pipeline.after.messages import ANALYSED, ENDED, body, headers
from pipeline.config.after_settings import Receiver
from pipeline.memory import Use
from pipeline.settings import Secret
from pipeline.vocabulary import UseOutcome
from tests.kit.outboxes import ended
from tests.kit.receiver import SECRET

RECEIVER = Receiver(url="https://x", secret=Secret(SECRET))


def use(number: int, **changes: Any) -> Use:
    """Return a use of a tool."""
    told = Use(number=number, name="book", arguments='{"day":"2026-12-01"}', turn=1, place=1, effect=True)
    return msgspec.structs.replace(told, **changes)


def test_a_signature_is_of_the_id_the_time_and_the_body() -> None:
    """The reference library takes it, and nothing else."""
    content = body(ENDED, ended(), None, RECEIVER)
    told = headers("CA1", ENDED, int(time()), content, RECEIVER.keys)
    assert Webhook(SECRET).verify(content, told)["type"] == ENDED
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(content + b" ", told)


def test_no_key_signs_nothing() -> None:
    """The header is left out: an empty one would look like one."""
    assert "webhook-signature" not in headers("CA1", ENDED, 1, b"{}", ())


def test_uses_are_told_with_what_came_of_them() -> None:
    """One that was under way is unknown: it may have been done; one that had not begun was withdrawn."""
    uses = [
        use(1, began=1.0, outcome=UseOutcome.DONE, result='{"id":7}'),
        use(2, began=2.0),
        use(3, result="not JSON"),
    ]
    data = json.loads(body(ENDED, ended(uses=uses), None, RECEIVER))["data"]
    assert [each["outcome"] for each in data["uses"]] == ["done", "unknown", "withdrawn"]
    assert data["uses"][0]["arguments"] == {"day": "2026-12-01"} and data["uses"][0]["result"] == {"id": 7}
    assert data["uses"][2]["result"] == "not JSON"


def test_an_analysis_has_its_parts_alone() -> None:
    """The transcript was told with the end."""
    found = {"status": "done", "summary": "x", "extract": {"a": {"value": 1, "turns": [2]}}}
    data = json.loads(body(ANALYSED, ended(facts={"b": 2}), found, RECEIVER))["data"]
    assert data.keys() == {"call", "status", "summary", "extract", "facts"}
