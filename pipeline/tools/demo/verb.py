"""`demo`: place one call to a config, and go on serving it."""

from __future__ import annotations

from pipeline.tools.demo.options import DemoOptions
from pipeline.tools.verb import log, run, verb


@verb(example="demo kav:demo")
def demo(options: DemoOptions) -> int:
    """Place one call to a config, shown as it happens, and go on serving it."""
    from pipeline.tools.demo.demo import demo

    log(options.log_level, options.log_json)
    return run(demo(options))
