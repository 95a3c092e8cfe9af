from __future__ import annotations

from pipeline.server.watching.server_sent import framed


def test_an_event_is_two_lines_and_a_blank_one() -> None:
    """Line ends inside the data are escaped by JSON, so that words cannot end an event or begin another."""
    assert (
        framed("x", {"text": "a\n\nevent: y\r\u2028"})
        == 'event: x\ndata: {"text":"a\\n\\nevent: y\\r\u2028"}\n\n'.encode()
    )
