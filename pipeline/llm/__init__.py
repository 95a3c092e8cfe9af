"""Language models: the dialogue step that all of them share, its settings, and the conversation's messages."""

from pipeline.conversation import Message
from pipeline.llm.dialogue import Dialogue
from pipeline.llm.settings import DialogueSettings, ModelSettings

__all__ = ["Dialogue", "DialogueSettings", "Message", "ModelSettings"]
