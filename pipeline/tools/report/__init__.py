"""A call on one page: how it sounded, what was said and when, what went wrong."""
