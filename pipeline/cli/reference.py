"""The verbs that say what there is."""

from __future__ import annotations

from argparse import Namespace

from pipeline.cli.verbs import option, verb


@verb(example="list")
def list_(_: Namespace) -> int:
    """The processors, a sentence each."""
    from pipeline.tools.reference import list_processors

    return list_processors()


@verb(
    option("word", help="as in YAML, e.g. vad.energy; or a file or module of your own"),
    example="show end_of_utterance",
)
def show(options: Namespace) -> int:
    """One processor: what it takes, gives, and may be set."""
    from pipeline.tools.reference import show

    return show(options.word)
