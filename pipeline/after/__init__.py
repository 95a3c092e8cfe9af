"""The work after a call: its events are written to an outbox, completed by a model, and delivered until received."""
