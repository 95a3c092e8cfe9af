"""Twilio's end of many calls at once: it speaks, interrupts, listens, measures. Has an environment of its own."""
