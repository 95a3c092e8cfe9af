"""`report`: a recorded call on one page, with its sound, words, times and faults."""
