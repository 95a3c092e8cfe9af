"""Voices: what every one of them does on a call, its settings, and the sound that all calls share."""

from pipeline.tts.shared import SynthesisError, VoiceSettings, shortest
from pipeline.tts.voice import Voice

__all__ = ["SynthesisError", "Voice", "VoiceSettings", "shortest"]
