"""`list`: the processors."""
