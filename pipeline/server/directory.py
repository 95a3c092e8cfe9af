"""The directory of a server's agents: the one that answers a number, or that has a name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from loguru import logger

from pipeline.config import number

if TYPE_CHECKING:
    from pipeline.agent import Agent

UNKNOWN, SHOWN = 50, 80  # unknown names and numbers that are logged at most, and characters of each


class Directory:
    """The agents of one server, which a reload replaces."""

    def __init__(self, agents: Sequence[Agent]) -> None:
        self.agents = tuple(agents)
        self._unknown = set[str]()

    def agent_for(self, called: str, name: str | None = None) -> Agent:
        """Return the agent of this name; without a name, the agent for the called number.

        That is the one that lists the number, else the first that lists no numbers, else the first (logged once for
        each number). Raises LookupError if no agent has the name.
        """
        if name is not None:
            return self.named(name)
        wanted = number(called)
        for agent in self.agents:
            if wanted in map(number, agent.config.numbers):
                return agent
        if (anyone := next((agent for agent in self.agents if not agent.config.numbers), None)) is None:
            anyone = self.agents[0]
            self._tell_once("NO_AGENT has the number {!r}: {} answers it", called, anyone.config.name)
        return anyone

    def named(self, name: str) -> Agent:
        """Return the agent whose config has this name; raises LookupError, logged once for each name."""
        for agent in self.agents:
            if agent.config.name == name:
                return agent
        known = ", ".join(agent.config.name for agent in self.agents)
        self._tell_once("NO_AGENT has the name {!r}, which a call asks for; there is: {}", name, known)
        raise LookupError(name)

    def _tell_once(self, text: str, asked: str, answer: str) -> None:
        """Log an unknown name or number once, however many calls ask for it; at most 50 different ones.

        The bound keeps a peer that sends random names from filling memory and log.
        """
        if asked and asked not in self._unknown and len(self._unknown) < UNKNOWN:
            self._unknown.add(asked)
            logger.warning(text, asked[:SHOWN], answer)
