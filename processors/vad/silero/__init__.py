"""Voice activity by a neural model that tells speech from noise."""

from processors.vad.silero.detector import SileroVad

__all__ = ["SileroVad"]
