"""The verbs that read the records of calls."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from pipeline.cli.verbs import JSON, SET, STAND_INS, option, verb


@verb(
    option("call", nargs="+", type=Path, help="a call's folder, or a folder of them"),
    option("--config", metavar="FILE", type=Path, help="replay with this config, not with each call's own"),
    SET,
    option("--wav", metavar="FILE", type=Path, help="write the call as it would have sounded"),
    option("--live", action="store_true", help="ask the providers again, in real time"),
    STAND_INS,
    JSON,
    example="replay calls --set end_of_utterance.min_silence=0.8s",
)
def replay(options: Namespace) -> int:
    """Recorded calls with a changed config, in virtual time, and what would differ."""
    from loguru import logger

    from pipeline.tools.replay.verb import Replaying, run

    logger.remove()  # a replay tells its log itself
    calls, changes = tuple(options.call), tuple(options.set)
    told = {"config": options.config, "wav": options.wav, "live": options.live, "stand_ins": options.stand_ins}
    return run(Replaying(calls=calls, changes=changes, as_json=options.json, **told))


@verb(
    option("folder", metavar="CALL_DIR", type=Path, help="a recorded call: calls/<date>/<call_sid>"),
    option("--out", metavar="FILE", type=Path, help="write it to this file, not to labels.yaml in the call's folder"),
    example="label calls/2026-11-22/CA0123456789abcdef0123456789abcdef",
)
def label(options: Namespace) -> int:
    """Propose where the caller's turns begin and end in a recorded call, for you to correct."""
    from loguru import logger

    from pipeline.tools.tune.proposing import label

    logger.remove()
    return label(options.folder, options.out)


@verb(
    option("call", nargs="+", type=Path, help="a call's folder, or a folder of them; each with labels.yaml counts"),
    option("--vary", metavar="A.B=C..D", action="append", required=True, help="try these, e.g. vad.rms=120..400"),
    option("--config", metavar="FILE", type=Path, help="tune this config, not each call's own"),
    option("--png", metavar="FILE", type=Path, default=Path("tune.png"), help="the picture (default: %(default)s)"),
    option("--jobs", metavar="N", type=int, default=0, help="processes (default: one a core)"),
    JSON,
    example="tune calls --vary end_of_utterance.min_silence=0.3s..0.8s",
)
def tune(options: Namespace) -> int:
    """Labelled calls with many settings: what each cuts off, misses and delays, and which to choose."""
    from loguru import logger

    from pipeline.tools.tune.verb import Tuning, run

    logger.remove()
    told = {"vary": tuple(options.vary), "config": options.config, "png": options.png, "jobs": options.jobs}
    return run(Tuning(calls=tuple(options.call), as_json=options.json, **told))
