"""Endpointing: decides when a caller's turn begins and when it is over."""

from processors.end_of_utterance.end_of_utterance import EndOfUtterance

__all__ = ["EndOfUtterance"]
