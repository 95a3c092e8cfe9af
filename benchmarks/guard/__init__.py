"""What a call costs, counted and not timed: `python -m benchmarks.guard`."""
