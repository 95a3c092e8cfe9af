"""Servers on loopback that speak a provider's own protocol, so that its real client can be tried without an account."""
