"""PocketSphinx as a recogniser, offline."""

from processors.asr.pocketsphinx.recognizer import PocketsphinxRecognizer

__all__ = ["PocketsphinxRecognizer"]
