"""Twilio's protocol: media stream messages, the playback buffer, TwiML and request signatures."""
