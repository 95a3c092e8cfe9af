"""Stand-ins for the providers: real servers on loopback that speak a provider's protocol and misbehave on request."""
