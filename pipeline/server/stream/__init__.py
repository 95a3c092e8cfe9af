"""The media streams: Twilio's WebSockets, connected to the chains of their calls."""
