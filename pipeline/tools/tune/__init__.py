"""Finding the settings that suit a deployment's callers, from recorded calls whose turns somebody has labelled.

`labels` is the file that says where they truly are, `hearing` and `proposing` make a first one from the caller's
sound, `grid` are the settings to try, `score` is how one did, `trial` plays a call with some of them, `table` and
`picture` show all of them, `verb` is the command.
"""
