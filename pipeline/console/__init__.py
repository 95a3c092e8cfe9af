"""The console: pages for a browser on a listener of their own, to talk to the agents and to see their calls."""
