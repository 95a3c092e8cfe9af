"""The verbs that answer and place calls."""

from __future__ import annotations

import gc
import os
from argparse import Namespace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.cli.verbs import JSON, LOGGING, PORT, SET, STAND_INS, log, option, run, secrets, verb

if TYPE_CHECKING:
    from pipeline.tools.call.dial import Dialling

MOST = 128  # workers

DIALLING = (
    option("target", help="a config (an agent is started for it), or an http(s):// or ws(s):// address"),
    option("--wav", metavar="FILE", type=Path, action="append", default=[], help="speak this WAV file"),
    option("--say", metavar="TEXT", nargs="+", default=[], help="speak these words, one reply after each"),
    option("--script", metavar="FILE", type=Path, help="do what this YAML file says"),
    option("--out", metavar="FILE", type=Path, help="write the call's sound to this WAV file"),
    JSON,
    option("--limit", metavar="S", type=float, default=120.0, help="seconds a call may take (%(default)s)"),
)


def workers(text: str) -> int:
    """How many workers are asked for; raises ValueError for what is no number of them."""
    count = (os.cpu_count() or 1) if text == "auto" else int(text)
    if not 1 <= count <= MOST:
        raise ValueError
    return count


@verb(
    option("config", nargs="+", help="a YAML file; of several, each answers its own `numbers`"),
    option("--host", help="address to listen on (default: all with TWILIO_AUTH_TOKEN, loopback without)"),
    PORT,
    option(
        "--workers",
        metavar="N",
        type=workers,
        default=1,
        help="processes that have the calls, or auto: one a core (default: %(default)s, this one alone)",
    ),
    option("--no-reload", action="store_true", help="go on with the configs as they are when their files change"),
    SET,
    STAND_INS,
    *LOGGING,
    example="serve configs/demo.yaml --set vad.rms=260",
)
def serve(options: Namespace) -> int:
    """Check configs, then answer calls with them."""
    gc.disable()  # until the server is ready: next to nothing of what is imported is garbage
    from pipeline.config import load, load_all
    from pipeline.server.app import serve
    from pipeline.server.options import Workers

    log(options)
    told = {"level": options.log_level, "as_json": options.log_json, "secrets": tuple(secrets())}
    crew = Workers(count=options.workers, **told)
    loaders = [partial(load, path, set=options.set) for path in options.config]
    configs = load_all(loaders)
    if options.stand_ins:
        from pipeline.standins.starting import serve_standing_in

        return run(serve_standing_in(configs, host=options.host, port=options.port, workers=crew))
    again = () if options.no_reload else loaders
    return run(serve(configs, host=options.host, port=options.port, loaders=again, workers=crew))


@verb(
    *DIALLING,
    SET,
    STAND_INS,
    *LOGGING,
    example='call configs/demo.yaml --say "hello" --out call.wav',
)
def call(options: Namespace) -> int:
    """The phone: place one call to a config or to a running agent."""
    from pipeline.tools.call.dial import call

    log(options)
    return run(call(_dialling(options)))


@verb(
    *DIALLING,
    PORT,
    SET,
    STAND_INS,
    *LOGGING,
    example="demo configs/demo.yaml",
)
def demo(options: Namespace) -> int:
    """Place one call to a config, shown as it happens, and go on serving it."""
    from pipeline.tools.call.dial import demo

    log(options)
    return run(demo(_dialling(options), options.port))


def _dialling(options: Namespace) -> Dialling:
    from pipeline.tools.call.dial import Dialling

    return Dialling(
        target=options.target,
        wavs=tuple(options.wav),
        say=tuple(options.say),
        script=options.script,
        out=options.out,
        as_json=options.json,
        changes=tuple(options.set),
        token=os.environ.get("TWILIO_AUTH_TOKEN"),
        limit=options.limit,
        stand_ins=options.stand_ins,
    )
