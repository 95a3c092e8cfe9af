"""A faithful Twilio: a phone that dials over the network, a virtual line, and the script of what its caller does."""
