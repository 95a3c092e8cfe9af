"""`print`: a config with everything that it extends."""
