"""`print`: a config with all that it extends."""
