"""The verbs that say what there is."""

from __future__ import annotations

from argparse import Namespace

from pipeline.cli.verbs import JSON, OWN, option, own, verb


@verb(
    OWN,
    JSON,
    option("--markdown", action="store_true", help="print docs/processors.md: all of `show`, of every processor"),
    option("--events", action="store_true", help="print docs/events.md: all that a call's record may have in it"),
    example="list",
)
def list_(options: Namespace) -> int:
    """The processors, a sentence each."""
    if options.markdown:
        from pipeline.tools.show.reference import page

        print(page(), end="")
        return 0
    if options.events:
        from pipeline.tools.show import events

        print(events.page(), end="")
        return 0
    from pipeline.tools.show.listing import list_processors

    return list_processors(own(options.config), options.json)


@verb(
    option("word", help="as in YAML, e.g. vad.energy; or a file or module of your own"),
    JSON,
    example="show end_of_utterance",
)
def show(options: Namespace) -> int:
    """One processor: what it takes, gives, and may be set."""
    from pipeline.tools.show.reference import show

    return show(options.word, options.json)
