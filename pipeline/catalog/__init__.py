"""The catalog of processors: a YAML word → its class, and what a class declares of itself."""

from pipeline.catalog.spec import Field, Step, Steps
from pipeline.catalog.words import capability, find, named, own_words, words

__all__ = ["Field", "Step", "Steps", "capability", "find", "named", "own_words", "words"]
