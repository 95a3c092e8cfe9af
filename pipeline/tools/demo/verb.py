"""`demo`: place one call to a config, and go on serving it."""

from __future__ import annotations

from pipeline.tools.call.verb import CallOptions
from pipeline.tools.verb import Port, log, run, verb


class DemoOptions(CallOptions, frozen=True, kw_only=True):
    """The options of `demo`: those of `call`, and the port that is served."""

    port: Port = 8080


@verb(example="demo configs/demo.yaml")
def demo(options: DemoOptions) -> int:
    """Place one call to a config, shown as it happens, and go on serving it."""
    from pipeline.tools.demo.demo import demo

    log(options.log_level, options.log_json)
    return run(demo(options))
