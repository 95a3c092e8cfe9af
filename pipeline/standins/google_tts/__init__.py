"""Google Text-to-Speech on loopback: a gRPC server with a script."""

from pipeline.standins.google_tts.script import Script, Trouble
from pipeline.standins.google_tts.server import GoogleTts

__all__ = ["GoogleTts", "Script", "Trouble"]
