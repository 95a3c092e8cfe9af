"""The GO test: four calls that an agent has to pass before it gets a number, and what to do where it does not."""
