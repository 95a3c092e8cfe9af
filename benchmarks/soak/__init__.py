"""Soaks: calls for a long time, with and without faults, and the memory, files and tasks that they leave behind."""
