"""Prosody: how far pitch, loudness and tone say that a caller has finished, in any language."""

from pipeline.prosody.score import Prosody

__all__ = ["Prosody"]
