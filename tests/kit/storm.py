"""The agent that storms are about in tests, and their seeds."""

from __future__ import annotations

from pipeline.tools.storm.plan import seeds
from tests.kit.chain import chain

CONFIG = chain(
    end_of_utterance=("end_of_utterance", "dedup"),
    asr=("asr.script: {say: [hello]}", "dedup", 'greeting: {text: "Kav Homes, hello."}'),
    llm=("llm.script: {say: [Good morning.]}", 'intro_filter: {phrases: ["my name is"]}'),
)
SEEDS = seeds(1, 30)  # six times five
MORE = seeds(1, 90)  # the same and more, until a fault is found that shows in few calls


BUNGLER = '''\
from pipeline.frames import Transcript
from pipeline.processor import Processor, on


class Bungler(Processor):
    """Divides by nothing."""

    @on(Transcript)
    def divide(self, frame):
        self.push(frame)
        frame.turn // (0 if frame.final else 1)
'''
