"""The uses of tools in a call: checked, held, run, remembered, and owed to the caller until they are told."""

from pipeline.uses.uses import Uses

__all__ = ["Uses"]
