"""A virtual loop that can be blocked."""

from __future__ import annotations

from pipeline.loop.virtual import VirtualLoop


class StalledLoop(VirtualLoop):
    """A virtual loop that can be blocked."""

    def block(self, seconds: float) -> None:
        """Let time pass in which nothing runs."""
        self._now += seconds
