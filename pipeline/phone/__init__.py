"""A simulated Twilio: a phone that dials over the network, a virtual line, and the scripted caller of both."""
