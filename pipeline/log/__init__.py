"""The log: its setup for a process, and the lines of each call."""
