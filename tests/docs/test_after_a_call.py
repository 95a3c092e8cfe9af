"""docs/after-a-call.md: its configs are valid, its commands do what it says, and its receiver verifies an event."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import sys
from pathlib import Path
from time import time
from typing import Any

import pytest

from pipeline.after.case import folders
from pipeline.after.files import DONE
from pipeline.after.messages import body, headers
from pipeline.after.sending import PAUSES
from pipeline.config import load
from pipeline.config.after_settings import Receiver
from pipeline.config.yaml.scalars import seconds
from pipeline.settings import Secret
from tests.kit.alone import SLOW, run
from tests.kit.outboxes import ended, put
from tests.kit.pages import ROOT, read
from tests.kit.receiver import SECRET, receiver

PAGE = read("docs/after-a-call.md")
CONFIGS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = re.findall(r"^    python run\.py (outbox .*|check .*)$", PAGE, re.MULTILINE)
HOOK = "https://crm.example.com/hooks/kav"
MODEL = "swap: {llm: {llm.openai: {model: m, base_url: 'http://127.0.0.1:9/v1', instructions: x}}}\n"


@pytest.mark.parametrize("at", range(len(CONFIGS)))
def test_each_config_is_valid(tmp_path: Path, at: int) -> None:
    """Without a warning about the work after a call."""
    text = CONFIGS[at] if "extends" in CONFIGS[at] else f"extends: kav:demo\n{MODEL}{CONFIGS[at]}"
    (tmp_path / "agent.yaml").write_text(text, encoding="utf-8")
    env = {"CRM_HOOK": HOOK, "FIGURES_HOOK": f"{HOOK}/2", "KAV_WEBHOOK_SECRET": SECRET}
    config = load(tmp_path / "agent.yaml", env=env)
    assert config.after.send and not [each for each in config.warnings if "secret" in each.text]


def test_its_commands_work(tmp_path: Path) -> None:
    """In the order of the page, on an outbox with a call in it, which is delivered by the first that sends."""
    (tmp_path / "agent.yaml").write_text(CONFIGS[0], encoding="utf-8")
    path = put(tmp_path / "outbox")
    text = (path / "ended.json").read_text(encoding="utf-8")
    (path / "ended.json").write_text(text.replace('"parrot"', '"agent"'), encoding="utf-8")

    async def all_run() -> list[str]:
        async with receiver() as inbox:
            env = {**os.environ, "CRM_HOOK": inbox.url, "KAV_WEBHOOK_SECRET": SECRET}
            for command in COMMANDS:
                words = (str(ROOT / "run.py"), *shlex.split(command))
                done = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=tmp_path, env=env)
                assert await done.wait() == 0, command
            return inbox.ids

    assert len(run(all_run(), limit=SLOW)) == 1
    assert len(folders(tmp_path / "outbox", DONE)) == 1


def test_its_receiver_verifies() -> None:
    """What is signed with either of two keys, and nothing that was changed."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    both = Receiver(url=HOOK, secret=[Secret("b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xk"), Secret(SECRET)])
    content = body("call.ended", ended(), None, both)
    told = headers("CA1", "call.ended", int(time()), content, both.keys)
    assert names["is_ours"](told, content, SECRET)
    assert not names["is_ours"](told, content + b" ", SECRET)


def test_its_pauses_are_those_of_the_code() -> None:
    """In the table of answers."""
    (told,) = re.findall(r"Again after (.*?), a fifth", PAGE)
    assert [seconds(each) for each in re.split(r", | and ", told)] == list(PAUSES)
