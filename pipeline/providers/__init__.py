"""The health of the providers that calls depend on: breakers, quotas, probes, fallbacks."""
