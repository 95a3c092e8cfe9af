"""OpenAI's transcription as a recogniser, or that of a compatible server."""

from processors.asr.openai.recognizer import OpenAiRecognizer

__all__ = ["OpenAiRecognizer"]
