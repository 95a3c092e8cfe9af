"""Where a call stopped, read from the lines of its log."""
