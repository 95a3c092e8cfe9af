"""`test`: play the calls that a `*.test.yaml` describes, in virtual time, and check its expectations."""
