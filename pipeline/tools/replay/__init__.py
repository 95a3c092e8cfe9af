"""`replay`: play a recorded call again in virtual time, with its own config or another.

`clock` delivers the recorded input at its recorded moments; `event_kinds` separates input from its consequences.
`answers` and `provider_recording` hold the providers' recorded answers, `providers` the steps that give them again,
`line` returns the marks. `player` plays one call, `run` one or many, with `comparison`, `table` and `sound` for
the differences; `live` asks the providers again.
"""
