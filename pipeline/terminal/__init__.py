"""The terminal: colours and isolated text where a person reads, columns by display width, progress bars."""
