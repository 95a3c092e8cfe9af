"""Google Text-to-Speech as a voice."""

from processors.tts.google.voice import GoogleVoice

__all__ = ["GoogleVoice"]
