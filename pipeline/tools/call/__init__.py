"""`call`: place one call, and show it as it happens."""
