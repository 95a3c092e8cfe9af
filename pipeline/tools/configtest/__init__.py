"""`test`: what a config does in calls that a YAML file describes, played in virtual time."""
