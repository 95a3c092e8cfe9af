"""`replay`: a recorded call once more, in virtual time, as it was or as it would have been with another config.

`clock` delivers the caller's messages at their recorded moments, and `event_kinds` tells them from their consequences.
`answers` and `recorded` have the providers' answers, `providers` the processors that give them again, `marks` the
echoes of another reply. `play` plays one call, `compare` one or many, with `turns`, `table` and `sound` for the
differences; `live` asks the providers again.
"""
