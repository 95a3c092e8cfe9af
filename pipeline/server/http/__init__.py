"""What the server answers over plain HTTP: webhooks, health and metrics."""
