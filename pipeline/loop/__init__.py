"""Event loops: tasks that begin at once, and a loop of virtual time."""
