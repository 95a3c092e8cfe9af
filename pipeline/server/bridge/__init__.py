"""The bridge between two streams of a call: a person is rung for the caller, who comes back if they do not take it."""
