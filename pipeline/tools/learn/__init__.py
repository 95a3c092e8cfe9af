"""`learn`: the weights of the prosody score, from labelled pauses.

`fit` learns weights and scores pauses left out of learning, `measure` says how well a score tells the end of a turn.
"""
