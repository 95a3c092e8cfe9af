"""The agent that storms are about in tests, and their seeds."""

from __future__ import annotations

from pipeline.tools.storm.plan import seeds
from tests.kit.chain import chain

CONFIG = chain(
    end_of_utterance=("end_of_utterance", "dedup"),
    asr=("asr.script: {say: [hello]}", "dedup", 'greeting: {text: "Kav Homes, hello."}'),
    llm=("llm.script: {say: [Good morning.]}", 'intro_filter: {phrases: ["my name is"]}'),
)
TOOLS = """\
tools:
  - script: {name: find, about: Looks up flats., takes: {city: {}}, say: [One moment.], give: [{count: 2}], ahead: true}
  - script: {name: book, about: Books a viewing., takes: {city: {}}, effect: true, say: [I am booking it.], timeout: 4s}
  - script:
      {name: order, about: Orders a key., takes: {city: {}, pin: {}}, effect: true, hold: 0s, idempotent: true,
       hide: [pin, code], done: The key is ordered.}
  - script: {name: sign, about: Signs it., takes: {city: {}}, effect: true, confirm: "In {city}.", once: turn}
  - save: {name: note, about: Keeps the city and the rooms., takes: {city: {}, rooms: {type: number}}}
  - hang_up: {say: [Goodbye.]}
"""
WITH_TOOLS = CONFIG + TOOLS
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
