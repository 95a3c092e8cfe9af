"""The log: set up once for a process, and the lines of each call."""
