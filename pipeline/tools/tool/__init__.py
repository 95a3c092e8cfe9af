"""`tool`: the tools of a config, and the use of one by hand."""
