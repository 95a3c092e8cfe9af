"""Language models: what every one of them does on a call, its settings, and the conversation that it is asked about."""

from pipeline.llm.dialogue import Dialogue
from pipeline.llm.history import Message
from pipeline.llm.settings import DialogueSettings, ModelSettings

__all__ = ["Dialogue", "DialogueSettings", "Message", "ModelSettings"]
