"""Worker processes, for more than one core: a parent answers the requests, and passes calls' sockets to workers.

    parent   has the port, the webhooks, the registry (slots, tokens, causes), /metrics and /readyz; processes no sound
    worker   a server without a port: receives the sockets of its calls, and reports the end of each to the parent

The parent's side is `pool`, with a `supervisor` and a `process` for each worker, `routes` for the handlers that differ,
and `totals`, which adds up the metrics of all. The worker's side is `worker`, which `main` starts; `lifetime` ends it
with its parent. Both sides exchange `messages` over a `channel`; `transfer` packs a config for it.
"""
