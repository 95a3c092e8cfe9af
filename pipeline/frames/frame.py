"""The base classes of frames and controls."""

import msgspec


class Frame(msgspec.Struct, frozen=True, weakref=True):
    """The base class of frames, which travel down the chain."""


class Control(msgspec.Struct, frozen=True, weakref=True):
    """The base class of controls, which travel up the chain."""
