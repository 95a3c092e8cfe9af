"""The verbs that read the records of calls."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from pipeline.cli.verbs import JSON, SET, option, verb


@verb(
    option("call", nargs="+", type=Path, help="a call's folder, or a folder of them"),
    option("--config", metavar="FILE", type=Path, help="replay with this config, not with each call's own"),
    SET,
    option("--wav", metavar="FILE", type=Path, help="write the call as it would have sounded"),
    JSON,
    example="replay calls --set end_of_utterance.min_silence=0.8s",
)
def replay(options: Namespace) -> int:
    """Recorded calls with a changed config, in virtual time, and what would differ."""
    from loguru import logger

    from pipeline.tools.replay.verb import Replaying, run

    logger.remove()  # a replay tells its log itself
    calls, changes = tuple(options.call), tuple(options.set)
    return run(Replaying(calls=calls, config=options.config, changes=changes, wav=options.wav, as_json=options.json))
