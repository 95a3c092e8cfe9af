"""Google Speech-to-Text on loopback: a gRPC server with a script."""

from pipeline.standins.google_speech.script import Fault, Script
from pipeline.standins.google_speech.server import GoogleSpeech

__all__ = ["Fault", "GoogleSpeech", "Script"]
