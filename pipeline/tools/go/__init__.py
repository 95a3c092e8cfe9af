"""The GO test: four calls that an agent has to pass before it gets a number, with advice on failures."""
