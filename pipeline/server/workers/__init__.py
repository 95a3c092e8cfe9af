"""More than one core: one process answers Twilio's requests, and hands the sockets of calls to worker processes.

    parent   the port, every webhook, the registry (slots, tokens, causes), /metrics, /readyz; hears no sound
    worker   a server without a port: it gets the sockets of its calls, and tells the parent how each has ended

`messages` is what they tell each other, over a `channel`. `crew`, its `seat`s and each one's `child` are the workers
as the parent sees them, `pages` is what the parent answers, `totals` adds up what all have counted, `parcel` is a
config on its way to a worker, `mending` ends the records of calls that were lost. `desk` and `main` are the worker's
own side.
"""
