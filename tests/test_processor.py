"""A processor's handlers."""

from __future__ import annotations

from pipeline.frames import (
    Dtmf,
    Frame,
    Mark,
    MarkPlayed,
)
from pipeline.processor import on
from tests.kit.chained import Passes, Step, chained, put


class Holds(Step):
    """Keeps marks."""

    @on(Mark)
    def mark(self, frame: Mark) -> None:
        self.note(frame.name)


def test_a_step_without_a_handler_is_passed_by() -> None:
    """The default is to pass a frame on."""
    assert chained(Passes, Step, Passes, use=put(Mark("1")))[1] == [("a", "1"), ("c", "1")]


def test_what_a_handler_does_not_push_goes_no_further() -> None:
    """Whoever takes a frame says whether it goes on."""
    assert chained(Passes, Holds, Passes, use=put(Mark("1")))[1] == [("a", "1"), ("b", "1")]


def test_a_handler_of_a_kind_takes_what_derives_from_it() -> None:
    """The nearest ancestor's handler is called."""

    class Sees(Step):
        @on(Frame)
        def any(self, frame: Frame) -> None:
            self.note("frame")

        @on(Mark)
        def mark(self, frame: Mark) -> None:
            self.note("mark")

    assert chained(Sees, use=put(Mark("1"), Dtmf("1"), MarkPlayed("1")))[1] == [
        ("a", "mark"),
        ("a", "frame"),
        ("a", "frame"),
    ]


def test_a_handler_may_be_replaced_in_a_derived_step() -> None:
    """A class takes over its ancestors' handlers, under the names that it gives them."""

    class Louder(Passes):
        def mark(self, frame: Mark) -> None:
            self.note("loud")
            super().mark(frame)

    assert chained(Louder, use=put(Mark("1")))[1] == [("a", "loud"), ("a", "1")]
