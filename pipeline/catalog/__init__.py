"""The catalog of processors: a YAML word → its class, and the declarations of a class."""

from pipeline.catalog.spec import Field, Step, Steps
from pipeline.catalog.words import capability, find, named, own_words, words

__all__ = ["Field", "Step", "Steps", "capability", "find", "named", "own_words", "words"]
