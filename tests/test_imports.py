"""What a config loads at the start: the libraries of the steps that it names, and nobody else's."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SPEECH, SPEECH2, TTS = "google.cloud.speech_v1", "google.cloud.speech_v2", "google.cloud.texttospeech_v1"
HEAVY = (SPEECH, SPEECH2, TTS, "google.auth", "grpc", "openai", "httpx", "httpx2", "onnxruntime", "pocketsphinx",
         "samplerate", "numpy")  # fmt: skip
HERE = "endpoint: 127.0.0.1:1, insecure: true"  # nobody answers there, and nobody has to
ACCOUNT = "{model: some-model, key: some-key}"
STEPS = {
    "vad": "vad.energy",
    "asr": "asr.script: {say: [hello]}",
    "llm": "llm.script: {say: [Hello.]}",
    "tts": "tts.tone",
}
OPENING = """\
import asyncio, json, sys
from pipeline.agent import Agent
from pipeline.config import load

async def main():
    async with Agent.open(load(sys.argv[1])):
        print(json.dumps(list(sys.modules)))

asyncio.run(main())
"""
CALL = """\
import json, sys
from pathlib import Path
from pipeline import audio
from pipeline.config import load
from pipeline.testing import play, spoken, voice

call = play(load(sys.argv[1]), spoken((1, voice(1.5)), (5, voice(1.5))), 12)
assert call.call.tx > 100
audio.write_wav(Path(sys.argv[2]), voice(0.1), voice(0.2))
print(json.dumps(list(sys.modules)))
"""


def loaded(path: Path, code: str = OPENING, *more: str) -> set[str]:
    """The modules that a fresh process has loaded once an agent for this config is open, or this code has run."""
    command = [sys.executable, "-c", code, str(path), *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def written(folder: Path, **steps: str) -> Path:
    """A config of the lightest steps, but for these."""
    it = STEPS | steps
    chain = (
        "twilio_serializer",
        it["vad"],
        "end_of_utterance",
        it["asr"],
        it["llm"],
        it["tts"],
        "pacer",
        "twilio_sink",
    )
    path = folder / "named.yaml"
    path.write_text("pipeline:\n" + "".join(f"  - {step}\n" for step in chain), encoding="utf-8")
    return path


def test_a_config_that_names_no_provider_loads_none() -> None:
    """Nor a model: it starts in under a second."""
    assert not loaded(ROOT / "configs/bench.yaml") & set(HEAVY)


def test_a_call_loads_none_either(tmp_path: Path) -> None:
    """What was not loaded at the start holds up no caller: the voice hums, the sound is kept, all without numpy."""
    assert not loaded(ROOT / "configs/bench.yaml", CALL, str(tmp_path / "call.wav")) & set(HEAVY)


@pytest.mark.parametrize(
    ("step", "wanted"),
    [
        ({"asr": f"asr.google: {{{HERE}}}"}, (SPEECH, "grpc")),
        ({"asr": f"asr.google: {{{HERE}, api: v2}}"}, (SPEECH2, "grpc")),
        ({"tts": f"tts.google: {{{HERE}}}"}, (TTS, "grpc", "samplerate")),
        ({"asr": f"asr.openai: {ACCOUNT}"}, ("openai", "samplerate")),
        ({"llm": f"llm.openai: {ACCOUNT}"}, ("openai",)),
        ({"tts": "tts.openai: {model: some-model, key: some-key, voice: alloy}"}, ("openai", "samplerate")),
        ({"vad": "vad.silero"}, ("onnxruntime",)),
        ({"tts": "tts.espeak"}, ("espeakng_loader", "samplerate")),
    ],
    ids=str,
)
def test_a_step_brings_its_own_library_alone(step: dict[str, str], wanted: tuple[str, ...], tmp_path: Path) -> None:
    """One of Google's does not bring the other, no recogniser brings a voice, and nobody a model that is not named."""
    for package in ("onnxruntime", "espeakng_loader"):
        if package in wanted and find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    found = loaded(written(tmp_path, **step))
    brought = {"google.auth", "httpx", "httpx2", "numpy"}  # by one of those or by another, as their versions like it
    assert found >= set(wanted)
    assert not found & set(HEAVY) - set(wanted) - brought


def test_no_library_tells_its_maker(tmp_path: Path) -> None:
    """The voice detector's keeps a file of telemetry to send, unless it is told not to."""
    if find_spec("onnxruntime") is None:
        pytest.skip("onnxruntime is not installed")
    code = OPENING.replace("list(sys.modules)", "[str(it.resolve()) for it in Path('/proc/self/fd').iterdir()]")
    opened = loaded(written(tmp_path, vad="vad.silero"), "from pathlib import Path\n" + code)
    assert not [name for name in opened if "onnxruntime" in name]
