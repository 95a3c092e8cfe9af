"""`run.py storm`: random callers at their worst and providers at theirs, judged by what holds in every call."""
