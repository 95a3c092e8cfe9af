"""The turn-taking battery: labelled telephone audio, played through a config: `python -m benchmarks.turns SET`."""
