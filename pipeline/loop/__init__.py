"""Event loops: tasks that take their first step at once, and a loop in virtual time."""
