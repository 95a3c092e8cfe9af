"""The media stream: from Twilio's WebSocket to a call's chain and back."""
