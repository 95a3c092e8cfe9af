"""A config with plug-ins of its own, recorded, as a user has it."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import load
from pipeline.testing import play, voice

PLUGIN = '''\
from pathlib import Path

from kav import Processor, on
from kav.frames import ReplyText


class Loud(Processor):
    """Says it louder."""

    gives = (ReplyText,)
    holds = (ReplyText,)

    @on(ReplyText)
    def louder(self, frame):
        self.push(ReplyText(frame.turn, frame.text + MARK))


MARK = "!"
'''
CONFIG = """\
plugins: [loud.py, steps/shout.py]
pipeline:
  - twilio_serializer
  - vad.energy
  - end_of_utterance
  - asr.script:  {say: [hello]}
  - llm.script:  {say: [Good morning]}
  - loud
  - steps.shout
  - tts.tone
  - pacer
  - twilio_sink
"""


def plugged(folder: Path) -> Path:
    """Write the config and its plug-ins; return the config's path."""
    (folder / "steps").mkdir(parents=True)
    (folder / "loud.py").write_text(PLUGIN)
    (folder / "steps/shout.py").write_text(PLUGIN.replace('"!"', '"?"'))
    path = folder / "mine.yaml"
    path.write_text(CONFIG)
    return path


def recorded(path: Path, keep: Path) -> Path:
    """Play a call to a config; return the folder of its record."""
    play(load(path), [(1.0, voice(1.0))], 6.0, keep=keep)
    (found,) = keep.glob("*/*")
    return found
