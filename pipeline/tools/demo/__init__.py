"""`demo`: one call to a config that is then served."""
