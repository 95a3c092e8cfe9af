"""The health of the providers that calls depend on: circuit breakers, quotas, probes, fallbacks."""
