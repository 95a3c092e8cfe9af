"""The records of calls: writer, reader, timeline and rendering as sound."""
