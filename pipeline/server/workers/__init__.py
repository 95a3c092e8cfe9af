"""More than one core: one process answers Twilio's requests, and hands the sockets of calls to worker processes.

    parent   the port, every webhook, the registry (slots, tokens, causes), /metrics, /readyz; hears no sound
    worker   a server without a port: it gets the sockets of its calls, and tells the parent how each has ended

The parent's side is `pool`, with a `supervisor` and a `process` for each worker, `routes` for its own answers, and
`totals`, which adds up the metrics of all. The worker's side is `worker`, which `main` starts; `lifetime` ends it with
its parent. They exchange `messages` over a `channel`; `transfer` packs a config for it.
"""
