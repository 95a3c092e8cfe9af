"""What `call` is told to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.faults import ConfigError
from pipeline.phone.script import prepare
from pipeline.tools.call.dial import caller_actions
from pipeline.tools.call.options import CallOptions


def test_a_sound_that_is_not_there_is_told_of_by_its_option() -> None:
    """There is no script whose line could be shown."""
    actions = caller_actions(CallOptions(target="ws://127.0.0.1:9/ws", wavs=(Path("nowhere.wav"),)), None)
    with pytest.raises(ConfigError, match=r"^--wav: nowhere\.wav cannot be read: No such file"):
        prepare(actions)
