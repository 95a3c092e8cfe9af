"""Twilio's protocol: its messages both ways, its playback buffer, TwiML and signatures."""
