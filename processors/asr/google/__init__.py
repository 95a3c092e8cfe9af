"""Google Speech-to-Text as a recogniser."""

from processors.asr.google.recognizer import GoogleRecognizer

__all__ = ["GoogleRecognizer"]
