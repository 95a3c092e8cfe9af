"""`check`: every fault of a config; with `--online`, whether its providers would serve."""
