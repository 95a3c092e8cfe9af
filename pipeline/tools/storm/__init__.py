"""`run.py storm`: play calls with random, hostile callers, networks and providers, and check invariants."""
