"""Keeps the agent's own voice, come back over the line, from counting as the caller's."""

from processors.echo_guard.guard import LineEchoGuard

__all__ = ["LineEchoGuard"]
