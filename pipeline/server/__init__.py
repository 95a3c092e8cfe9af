"""The HTTP server: Twilio's webhooks, the media streams, and the registry of calls."""
