"""`forget`: remove everything that is kept of a caller or a call."""
