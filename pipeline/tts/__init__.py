"""Voices: the step that speaks replies, its settings, and the sound that the calls of one voice share."""

from pipeline.tts.settings import VoiceSettings
from pipeline.tts.shared import SynthesisError, shortest
from pipeline.tts.voice import Voice

__all__ = ["SynthesisError", "Voice", "VoiceSettings", "shortest"]
