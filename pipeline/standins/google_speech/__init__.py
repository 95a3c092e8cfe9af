"""Google Speech-to-Text on loopback: a scripted gRPC server."""

from pipeline.standins.google_speech.script import Fault, Script
from pipeline.standins.google_speech.server import GoogleSpeech

__all__ = ["Fault", "GoogleSpeech", "Script"]
