"""`outbox`: the events after calls that are not delivered yet."""
