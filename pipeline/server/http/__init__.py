"""The server's HTTP handlers: Twilio's webhooks, health and metrics."""
