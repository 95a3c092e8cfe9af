"""`tune`: the settings that suit a deployment's callers, from recorded calls with labelled turns.

`grid` has the settings to try, `trial` replays a call with some of them, `score` counts the errors of one, `sweep` is
the whole run, `table` and `picture` show it.
"""
