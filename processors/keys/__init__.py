"""Takes the keys that a caller presses: gathers them into entries, for the model or for the tool that asked."""

from processors.keys.entries import KeyEntries

__all__ = ["KeyEntries"]
