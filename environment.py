"""Make `.venv` hold the packages of a lock file: `python environment.py requirements.lock`.

Needs no package itself. Does nothing if the lock is installed already, and adds what a changed lock brings. An
environment that was left unfinished is made anew, and with `--this-python` one that is of another Python. On a terminal
one line counts the packages, in a pipe there is a line for each phase. Exit codes: 0 done, 1 failed, 130 Ctrl-C.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path(".venv")
PYTHON = FOLDER / ("Scripts" if os.name == "nt" else "bin") / "python"
STATE = FOLDER / "locks.json"  # the hash of each lock file that is installed
UNFINISHED = FOLDER / "unfinished"  # is there while files are written: half a package would pass for a whole one
PIP = ["-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-deps", "--require-hashes"]
NO_VENV = "This Python has no venv module. Debian and Ubuntu have it in a package: apt-get install python3-venv"
NOT_BUILT = (  # the beginnings of pip's lines when a package comes as source alone, and building it failed
    "ERROR: Failed building wheel",
    "ERROR: Failed to build",
    "error: subprocess-exited-with-error",
)
BUILD = """\
A package has no ready-made wheel for Python {} here, and could not be built, which needs a C compiler and Python's
headers. Python 3.13 has the most: make PYTHON=python3.13 …"""
UNREACHED = "WARNING: Retrying"  # the beginning of pip's lines when a package index does not answer
NO_INDEX = """\
The package index could not be reached. Is there a network here? Behind a proxy, set HTTPS_PROXY; for another index,
PIP_INDEX_URL. Then say `make` once more."""
PERIOD = 0.2  # seconds between two looks at the packages that are there

Show = Callable[[str, str], None]


class Failed(Exception):
    """The environment could not be made; the text is for the user."""


def main(arguments: list[str]) -> int:
    """Make the environment; return the exit code."""
    lock = Path(next(each for each in arguments if not each.startswith("--")))
    try:
        _remove_unusable("--this-python" in arguments)
        hashed = sha256(lock.read_bytes()).hexdigest()
        if _state().get(lock.name) != hashed:
            _install(lock)
            STATE.write_text(json.dumps({**_state(), lock.name: hashed}), encoding="utf-8")
    except Failed as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the next `make` sets it up.", file=sys.stderr)
        return 130
    return 0


def _remove_unusable(this_python: bool) -> None:
    """Remove an environment that cannot be added to; only its link, if it is one, as the folder is another's."""
    if not os.path.lexists(FOLDER):
        return
    if UNFINISHED.exists():
        why = "it was left unfinished"
    elif not PYTHON.exists():
        why = "its Python is gone"
    elif this_python and (found := _version()) != sys.version.split()[0]:
        why = f"its Python is {found}"
    else:
        return
    print(f"{FOLDER} is made anew: {why}.", flush=True)
    if FOLDER.is_symlink():
        FOLDER.unlink()
    else:
        shutil.rmtree(FOLDER)


def _install(lock: Path) -> None:
    began = time.monotonic()
    print(f"Setting up {FOLDER} from {lock}.", flush=True)
    if not FOLDER.exists():
        _make()
    _pip(lock, _shower())
    UNFINISHED.unlink(missing_ok=True)
    print(f"Set up in {time.monotonic() - began:.0f} s.", flush=True)


def _make() -> None:
    """Make an environment without packages."""
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        raise Failed(NO_VENV)
    FOLDER.mkdir()
    UNFINISHED.touch()
    base = getattr(sys, "_base_executable", sys.executable)  # this one may be of the environment that was removed
    done = subprocess.run([base, "-m", "venv", str(FOLDER)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Failed(f"{FOLDER} could not be made:\n{done.stdout.decode(errors='replace')}")


def _pip(lock: Path, show: Show) -> None:
    # Modules are compiled at their first import: most never are, and compiling takes a fifth of the time.
    command = [str(PYTHON), *PIP, "--no-compile", "--progress-bar", "off", "-r", str(lock)]
    said, fetched = list[str](), 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8") as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            said.append(line)
            if line.startswith(("Collecting", "Processing")):
                fetched += 1
                show("fetching", f"{fetched} {line.split()[1].rpartition('/')[2]}")
            elif line.startswith(UNREACHED):
                show("waiting for the package index", "")
            elif line.startswith("Installing collected"):
                UNFINISHED.touch()
                _watch(pip, line.count(",") + 1, show)
    show("", "")
    if pip.returncode:
        raise Failed(f"pip could not install {lock}:\n{_told(said)}")


def _told(said: list[str]) -> str:
    """Return the end of pip's output without its notes, and the way out of a failure that is known."""
    lines = [line.strip() for line in said]
    told = [line.rstrip() for line in said if not line.startswith(("Ignoring", UNREACHED))][-12:]
    if any(line.startswith(NOT_BUILT) for line in lines):
        told.append(BUILD.format(sys.version.split()[0]))
    elif any(line.startswith(UNREACHED) for line in lines):
        told.append(NO_INDEX)
    return "\n".join(told)


def _watch(pip: subprocess.Popen[str], count: int, show: Show) -> None:
    """Show the progress of an installation, on which pip is silent, by the packages that appear."""
    before = len(_packages())
    while pip.poll() is None:
        show("installing", f"{min(len(_packages()) - before, count)}/{count}")
        time.sleep(PERIOD)


def _packages() -> list[Path]:
    return list(FOLDER.glob("lib/python*/site-packages/*.dist-info"))


def _shower() -> Show:
    """Return the function that shows a phase and its count; in a pipe each phase is shown once, without a count."""
    terminal, last = sys.stdout.isatty(), ""

    def show(phase: str, count: str) -> None:
        nonlocal last
        if terminal:
            text = f"  {phase} {count}"[: shutil.get_terminal_size().columns - 1] if phase else ""
            print(f"\r{text}\033[K", end="", flush=True)
        elif phase not in ("", last):
            print(f"  {phase}", flush=True)
        last = phase

    return show


def _state() -> dict[str, str]:
    """Return the hash of each lock that is installed; nothing if none is."""
    try:
        found = json.loads(STATE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _version() -> str:
    """Return the version of the environment's Python, as it was made; blank if it does not say."""
    try:
        lines = (FOLDER / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition("=")[2].strip() for line in lines if line.startswith("version")), "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
