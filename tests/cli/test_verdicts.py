"""The verdict of `call` on an agent whose model fails, as a user meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONFIG = """\
language: en-US
pipeline:
  - twilio_serializer
  - vad.energy: {rms: 210}
  - end_of_utterance
  - asr.script: {say: [hello]}
  - llm.openai: {model: m, key: "${NO_KEY:-none}", base_url: "http://127.0.0.1:9/v1"}
  - tts.espeak
  - pacer
  - twilio_sink
"""


def test_a_call_whose_model_fails_is_not_ok(tmp_path: Path) -> None:
    """Exit code 1, the step with its error and how often, and `diagnose` finds the same in its log."""
    (tmp_path / "agent.yaml").write_text(CONFIG, encoding="utf-8")
    command = [sys.executable, str(ROOT / "run.py")]
    wav = str(ROOT / "configs/demo/rooms.wav")
    call = [*command, "call", "agent.yaml", "--wav", wav, "--json"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60, check=False)
    report = json.loads(done.stdout[done.stdout.index('{"') :])
    assert done.returncode == 1 and not report["ok"]
    assert report["failures"][0].startswith("OpenAiDialogue (agent.yaml:7): ")
    assert report["failures"][1] == "1 of 1 reply failed: no model answered"
    read = [*command, "diagnose", "-"]
    told = subprocess.run(read, input=done.stderr, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert told.returncode == 1 and "stopped at model: the model failed" in told.stdout
    assert "REPLY: Sorry, I had a small problem" in done.stderr
