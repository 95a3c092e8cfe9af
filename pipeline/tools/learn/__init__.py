"""`learn`: the weights of the prosody score, and the patience that goes with them, from a deployment's recorded calls.

`stretches` tells from a record after which pauses the caller went on, `pauses` takes their features, `fit` learns
weights and scores pauses left out of learning, `measure` says how well a score tells the end of a turn, `policy` what
the settings make of it, `comparison` compares all that with the settings of today, `table` shows it, and `run` does the
whole.
"""
