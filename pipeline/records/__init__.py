"""The records of calls: written, read, told as a timeline, and rendered as sound."""
