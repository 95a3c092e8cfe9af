"""A recorded call once more, in virtual time: as it was, or as it would have been with another config.

`clock` brings what came in at its recorded moments, `given` has what the providers gave, `stand` the processors that
give it again, `play` is the whole way for one call, `turns` and `table` tell what differs, `verb` is the command.
"""
