"""The console of one server, as its rooms see it."""

from __future__ import annotations

from asyncio import Event
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipeline import __version__

if TYPE_CHECKING:
    from pipeline.server.app import Server
    from pipeline.server.switchboard import Switchboard
    from pipeline.server.watching.calls import Watching

FORMAT = 1  # of the feed; counted up with each change that an older page would not understand


class Console:
    """The console of a running server: its calls, and the settings of the pages.

    With `editing` the pages may change the configs, over which the server lays `changes`, as `--set` has them. `over`
    is set once the server stops.
    """

    def __init__(self, server: Server, *, editing: bool = False, changes: tuple[str, ...] = ()) -> None:
        self.server = server
        self.editing, self.changes = editing, changes
        self.started = _now()
        self.over = Event()

    @property
    def board(self) -> Switchboard:
        """The switchboard of its server."""
        return self.server.board

    @property
    def watching(self) -> Watching:
        """The calls of its server."""
        watching = self.board.watching
        assert watching is not None
        return watching

    def hello(self) -> dict[str, Any]:
        """Return the first data of a feed."""
        return {"format": FORMAT, "started": self.started, "now": _now(), "version": __version__}

    def agents(self) -> dict[str, Any]:
        """Return the agents of the server, and the settings of the pages."""
        told = [
            {
                "name": config.name,
                "language": config.language,
                "numbers": list(config.numbers),
                "hash": config.hash,
                "file": str(config.path),
                "log_words": config.log_words,
            }
            for config in (agent.config for agent in self.board.agents)
        ]
        return {"agents": told, "editing": self.editing, "version": __version__}


def _now() -> float:
    return round(datetime.now(UTC).timestamp(), 3)
