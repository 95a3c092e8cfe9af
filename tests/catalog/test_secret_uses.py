"""A plug-in that sends the mask of its key in the place of the key is warned of."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.config import load

PLUGIN = '''\
from loguru import logger
from pipeline.frames import Transcript
from pipeline.processor import Processor, on
from pipeline.settings import Secret, StepSettings

class Post(Processor):
    """Posts it."""
    class Settings(StepSettings, frozen=True, kw_only=True):
        key: Secret = Secret("")
        text: str = ""
    @on(Transcript)
    def post(self, frame: Transcript) -> None:
        key, settings = self.settings.key, self.settings
        mine = self.settings.key
        here = self.settings
        HERE
        self.push(frame)
'''
CONFIG = """\
plugins: [post.py]
pipeline:
  - twilio_serializer
  - vad.energy
  - end_of_utterance
  - asr.script: {say: [hello]}
  - post: {key: "${MY_KEY:-}"}
  - llm.script: {say: [hi]}
  - tts.tone
  - pacer
  - twilio_sink
"""


def warned(folder: Path, line: str) -> list[str]:
    """The warnings of a config whose plug-in has this line."""
    (folder / "post.py").write_text(PLUGIN.replace("HERE", line))
    (folder / "my.yaml").write_text(CONFIG)
    return [f"{each.line} {each.text} | {each.hint}" for each in load(folder / "my.yaml").warnings]


@pytest.mark.parametrize(
    "line",
    [
        "x = str(self.settings.key)",
        "x = {'Authorization': f'Bearer {self.settings.key}'}",
        "x = 'Bearer {}'.format(self.settings.key)",
        "x = 'Bearer {key}'.format(key=self.settings.key)",
        "x = 'Bearer %s' % self.settings.key",
        "x = '%s:%s' % ('me', self.settings.key)",
        "x = f'Bearer {mine}'",
        "x = f'Bearer {here.key}'",
        "x = [f'{self.settings.key!s}' for _ in range(3)]",
    ],
)
def test_a_key_made_into_text_is_a_warning_at_its_step(tmp_path: Path, line: str) -> None:
    """However it is made, also under another name."""
    assert warned(tmp_path, line) == [
        "7 `post` makes the secret `key` into text, in post.py:16, which gives ••• | a request needs `key.reveal()`"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "x = f'Bearer {self.settings.key.reveal()}'",
        "x = 'Bearer ' + self.settings.key",
        "x = f'{self.settings.text}'",
        "x = f'{frame.key}' if hasattr(frame, 'key') else ''",
        "logger.info(f'with {self.settings.key}')",
        "x = str(self.settings.key.reveal())",
        "x = 1\n        if not mine: raise ValueError(f'{mine} is blank')",
    ],
)
def test_a_key_revealed_or_logged_is_none(tmp_path: Path, line: str) -> None:
    """Nor is another setting, or another thing of the same name."""
    assert warned(tmp_path, line) == []
