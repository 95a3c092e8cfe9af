"""`test`: play the calls that a YAML file describes with a config, in virtual time, and check its expectations."""
