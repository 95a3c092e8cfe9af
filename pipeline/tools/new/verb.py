"""`new`: a config to start from."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Out, option, verb


class NewOptions(Struct, frozen=True, kw_only=True):
    """The options of `new`."""

    words: Annotated[
        tuple[str, ...],
        option(
            nargs="*",
            help="the steps, or files of your own, between spaces, commas or arrows; none: an offline chain",
        ),
    ] = ()
    language: Annotated[str, option("--language", help="the language of the call (default: %(default)s)")] = "en-US"
    out: Out = None


@verb(example='new "twilio_serializer, vad, end_of_utterance, asr, llm, tts, pacer, twilio_sink" --out my.yaml')
def new(options: NewOptions) -> int:
    """A config to start from, with every setting of these steps in it."""
    from pipeline.tools.new.starter import new

    return new(" ".join(options.words), options.language, options.out)
