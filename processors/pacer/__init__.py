"""The pace of the line: the agent's audio on a grid of 20 ms, and the words that the caller has heard."""

from processors.pacer.pacer import Pacer

__all__ = ["Pacer"]
