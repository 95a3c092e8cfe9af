"""`print`: a config with all that it extends."""

from __future__ import annotations

from pipeline.tools.print.options import PrintOptions
from pipeline.tools.verb import verb


@verb(example="print kav:demo --set vad.rms=300 --defaults")
def print_(options: PrintOptions) -> int:
    """A config with all that it extends, and where each value came from."""
    from pipeline.tools.print.lines import print_config

    return print_config(options.config, options.changes, options.swap, options.defaults, options.as_json)
