"""A recorded call once more, in virtual time: as it was, or as it would have been with another config.

`clock` brings what came in at its recorded moments, and `kinds` tells it from what followed. `given` and `take` have
what the providers gave, `stand` the processors that give it again, `marks` the echoes of another reply, `play` is the
whole way for one call, `turns`, `table` and `sound` tell what differs, `verb` is the command.
"""
