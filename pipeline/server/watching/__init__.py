"""Watching the calls of a server: a row for each call, and one call in full, for viewers such as the console's pages.

Nothing here runs unless the server is started with `Options.watched`. A call that no viewer watches pays for a few
counters of events that come once or twice a turn.
"""
