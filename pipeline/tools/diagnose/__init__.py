"""`diagnose`: find where a call stopped, from the lines of its log."""
