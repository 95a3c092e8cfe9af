"""The superclass of events, and the event of a frame or a control that passes."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from pipeline.frames import Control, Frame

Passing = TypeVar("Passing", bound=Frame | Control)


class Event(msgspec.Struct, frozen=True):
    """The superclass of all events of a call; plug-ins may define their own subclasses."""

    name: ClassVar[str] = ""  # its name on disk, under `what`

    @property
    def kind(self) -> type[Any]:
        """The class by which counters select it: its own."""
        return type(self)

    @property
    def what(self) -> str:
        """Its name on disk."""
        return self.name

    def particulars(self) -> dict[str, Any]:
        """Return its fields for the disk: all that are not None."""
        return {name: it for name in self.__struct_fields__ if (it := getattr(self, name)) is not None}


class Passed(Event, Generic[Passing], frozen=True):
    """A frame or control passed a step of the chain for the first time; on disk under the name of its class."""

    frame: Passing  # its fields are below, in the table of its class
    step: str  # class of the step that made it; empty if it came from the line
    place: int | None = None  # index of that step in the chain, from 0

    @property
    def kind(self) -> type[Any]:
        """The class by which counters select it: that of the frame or control."""
        return type(self.frame)

    @property
    def what(self) -> str:
        """The name of the frame's class."""
        return type(self.frame).__name__
