"""YAML text → nodes that know their place in the file."""
