"""The generator's and the peers' own environment, made by the command: `.venv-bench`, never Kav's."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from pipeline.faults import KavError

ROOT = Path(__file__).parents[2]
VENV = ROOT / ".venv-bench"
PYTHON = VENV / "bin/python"
LOAD, PEERS = ROOT / "benchmarks/requirements-load.txt", ROOT / "benchmarks/requirements-peers.txt"


class NoEnvironment(KavError):
    """The benchmark cannot run: its generator could not be installed."""


def ready() -> str:
    """Have the environment there, with all that can be had; gives back why Pipecat is not in it, if so.

    Raises NoEnvironment.
    """
    stamp = VENV / f".ready-{_mark()}"
    if not stamp.exists():
        print(f"Setting up {VENV.name}; this takes some minutes.", file=sys.stderr, flush=True)
        _run([sys.executable, "-m", "venv", "--clear", str(VENV)])
        _run([str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(LOAD)])
        stamp.write_text(_installed(PEERS))
    return stamp.read_text()


def versions(python: Path | str, *packages: str) -> dict[str, str]:
    """The versions of what is installed there, and of Python; what is not there is left out."""
    asking = (
        "import sys, platform, importlib.metadata as found\n"
        "print('Python', platform.python_version())\n"
        "for name in sys.argv[1:]:\n"
        "    try: print(name, found.version(name))\n"
        "    except found.PackageNotFoundError: pass\n"
    )
    done = subprocess.run([str(python), "-c", asking, *packages], capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def _mark() -> str:
    """Changes with what is asked for."""
    asked = sys.version.encode() + LOAD.read_bytes() + PEERS.read_bytes()
    return hashlib.sha256(asked).hexdigest()[:12]


def _installed(requirements: Path) -> str:
    """Why this could not be installed; nothing if it was."""
    try:
        _run([str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(requirements)])
    except NoEnvironment as error:
        return f"Pipecat is not in it: {error}"
    return ""


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        raise NoEnvironment(f"{' '.join(command[1:4])}: {said[-1] if said else done.returncode}")
