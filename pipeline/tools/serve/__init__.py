"""`serve`: answer calls."""
