"""`calls`: the recorded calls, one line each."""
