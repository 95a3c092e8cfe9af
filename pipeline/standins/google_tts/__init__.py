"""Google Text-to-Speech on loopback: a scripted gRPC server."""

from pipeline.standins.google_tts.script import Script, Trouble
from pipeline.standins.google_tts.server import GoogleTts

__all__ = ["GoogleTts", "Script", "Trouble"]
