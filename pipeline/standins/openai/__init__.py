"""OpenAI's API on loopback: chat, speech and transcription over HTTP, scripted."""

from pipeline.standins.openai.script import Ask, Fault, Script
from pipeline.standins.openai.server import OpenAi

__all__ = ["Ask", "Fault", "OpenAi", "Script"]
