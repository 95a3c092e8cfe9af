"""`new`: a config to start from."""

from __future__ import annotations

from pipeline.tools.new.options import NewOptions
from pipeline.tools.verb import verb


@verb(example='new "twilio_serializer, vad, end_of_utterance, asr, llm, tts, pacer, twilio_sink" --out my.yaml')
def new(options: NewOptions) -> int:
    """A config to start from, with every setting of these steps in it."""
    from pipeline.tools.new.starter import new

    return new(" ".join(options.words), options.language, options.out)
