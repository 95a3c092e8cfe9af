"""`show`: one processor and its settings."""
