"""The environment: the variables that Kav's own code reads, and the cleaning of values that were pasted."""
