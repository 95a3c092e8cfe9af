"""`list` and `show`: what processors there are, and what each declares."""
