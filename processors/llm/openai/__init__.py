"""Chat models with an OpenAI-compatible API."""

from processors.llm.openai.dialogue import OpenAiDialogue

__all__ = ["OpenAiDialogue"]
