"""The entries of a call's streams."""

from __future__ import annotations

from typing import Any

from pipeline.server.entry import Entry

NO_AGENT: Any = None


def test_the_next_stream_has_tokens_and_a_record_of_its_own() -> None:
    """The first token stays a part of the later ones; the parties and the TwiML are those of the call."""
    first = Entry("CA" + "1" * 32, NO_AGENT, 10.0, 5.0)
    first.caller, first.called, first.twiml = "+9721", "+9722", "<Response/>"
    second = first.again(20.0, 5.0, "handed", b"{}")
    third = second.again(30.0, 5.0, "again", b"{}")
    assert len({each.token for each in (first, second, third)}) == len({each.secret for each in (first, second)}) + 1
    assert {each.token.partition(".")[0] for each in (first, second, third)} == {first.token}
    assert (third.caller, third.called, third.twiml, third.start_by) == ("+9721", "+9722", "<Response/>", 35.0)
    assert (second.before, second.memory, first.record_sid) == ("handed", b"{}", first.call_sid)
    assert len({each.record_sid for each in (first, second, third)}) == 3
    assert all(len(each.record_sid) == len(first.call_sid) for each in (second, third))
