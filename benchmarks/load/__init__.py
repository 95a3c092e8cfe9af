"""Twilio's end of many calls at once: speaks, interrupts, listens, and measures the server. Runs in a venv of its own."""
