"""Text: splitting into sentences, Hebrew-aware normalising, and the fixed phrases of each language."""

from pipeline.text.fixed import phrase
from pipeline.text.normalise import Phrases, normalise, shorten
from pipeline.text.sentences import Sentences, sentences

__all__ = ["Phrases", "Sentences", "normalise", "phrase", "sentences", "shorten"]
