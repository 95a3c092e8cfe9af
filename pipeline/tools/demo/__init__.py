"""`demo`: one call to an agent that goes on serving."""
