"""`tune`: the settings that suit a deployment's callers, from recorded calls with labelled turns.

`grid` lists the settings to try, `trial` replays a call with some of them, `score` counts errors and delays, `sweep`
does the whole run, `table` and `picture` show its results.
"""
