"""`serve`: answer calls with configs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from pipeline.faults import Place
from pipeline.tools.serve.options import ServeOptions
from pipeline.tools.verb import log, run, verb

if TYPE_CHECKING:
    from pipeline.config import Config


@verb(example="serve kav:demo --set vad.rms=260")
def serve(options: ServeOptions) -> int:
    """Check configs, then answer calls with them."""
    import gc

    gc.disable()  # until the server is ready: imports leave next to no garbage
    from pipeline.config.several_configs import load_all, refuse_unwritable
    from pipeline.console.opening import console
    from pipeline.server.app import serve
    from pipeline.server.children import ending_children
    from pipeline.server.options import Workers

    log(options.log_level, options.log_json)
    workers = Workers(count=options.workers, level=options.log_level, as_json=options.log_json)
    pages = console(options.console, options.console_url, editing=options.console_edit, changes=options.changes)
    loaders = [partial(_load, path, options.changes, options.stand_ins) for path in options.configs]
    configs = load_all(loaders)
    refuse_unwritable(configs)
    if options.stand_ins:
        from pipeline.standins.starting import serve_standing_in

        return run(ending_children(_where(options, serve_standing_in)(configs, workers=workers, console=pages)))
    again = () if options.no_reload else loaders
    return run(ending_children(_where(options, serve)(configs, loaders=again, workers=workers, console=pages)))


def _where(options: ServeOptions, serve: Callable[..., Coroutine[Any, Any, int]]) -> partial[Coroutine[Any, Any, int]]:
    """Return a function that serves, with the addresses of the options."""
    return partial(serve, host=options.host, port=options.port, admin=options.admin, unsigned=options.unsigned)


def _load(path: str, changes: tuple[str, ...], stand_ins: bool) -> Config:
    """Load a config, and log its warnings; with stand-ins none, as they would be about accounts."""
    from loguru import logger

    from pipeline.config import load

    config = load(path, set=changes)
    for each in () if stand_ins else config.warnings:
        logger.warning("{}", f"{Place(each.file, each.line, each.column)}: {each.text}")
    return config
