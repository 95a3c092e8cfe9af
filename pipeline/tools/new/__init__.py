"""`new`: a config to start from."""
