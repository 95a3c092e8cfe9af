"""Makes the demo caller's recordings in this directory, with Debian's flite (voice rms)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import wave
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import samplerate

RATE = 8000  # Hz
LEVEL = 0.1  # RMS of full scale: -20 dBFS
HEADROOM = 0.9  # the loudest sample, of full scale: a clipped recording is recognised worse
EDGE = 0.02  # seconds kept before and after the sound

SPOKEN = {
    "looking": "hello, I am looking for an apartment",
    "rooms": "three rooms please",
    "city": "in tel aviv",
    "budget": "two million shekels",
    "name": "my name is david",
    "callback": "tomorrow at five",
    "wait": "no wait, four rooms",
    "bye": "thank you, goodbye",
}


def speak(text: str, path: Path) -> np.ndarray:
    """flite's voice at 8 kHz, full scale 1.0."""
    subprocess.run(["flite", "-voice", "rms", "-t", text, "-o", str(path)], check=True)
    with wave.open(str(path), "rb") as file:
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return np.asarray(samplerate.resample(samples / 32768, RATE / rate, "sinc_best"))


def trimmed(sound: np.ndarray) -> np.ndarray:
    """The sound without the silence around it."""
    loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max())
    edge = round(EDGE * RATE)
    return sound[max(0, loud[0] - edge) : loud[-1] + edge]


def levelled(sound: np.ndarray) -> np.ndarray:
    """The sound at LEVEL, or as near to it as its peaks allow."""
    loudness = np.sqrt(np.mean(sound**2))
    return sound * min(LEVEL / loudness, HEADROOM / np.abs(sound).max())


def write(path: Path, sound: np.ndarray) -> None:
    """A mono 16-bit WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(sound * 32767).astype("<i2").tobytes())


def main() -> int:
    """Write every recording; 1 if flite is not there."""
    if shutil.which("flite") is None:
        print("flite is not installed; on Debian or Ubuntu: apt-get install flite", file=sys.stderr)
        return 1
    with TemporaryDirectory() as scratch:
        for name, text in SPOKEN.items():
            sound = levelled(trimmed(speak(text, Path(scratch) / "spoken.wav")))
            path = Path(__file__).with_name(f"{name}.wav")
            write(path, sound)
            print(f"{path.name:14} {sound.size / RATE:.2f} s  {text}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
