"""Providers as real servers on loopback, with scripts of what they answer and of what goes wrong."""
