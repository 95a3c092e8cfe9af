"""Kav's command line: see `python run.py --help`.

Goes on with the Python of `.venv`, which `make` sets up, if this one is too old or lacks Kav's packages.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

VENV = Path(__file__).resolve().parent / ".venv"
PACKAGES = ("aiohttp", "dotenv", "loguru", "msgspec", "numpy", "prometheus_client", "samplerate", "yaml")
NOT_SET_UP = """\
This Python, {}, is not set up for Kav: {}.
`make run` sets up .venv, which run.py then uses; or by hand: python3 -m pip install -r requirements.lock"""


def lack() -> str:
    """Return the reason why this Python cannot run Kav; blank if it can."""
    if sys.version_info < (3, 11):  # noqa: UP036 - it may be any that is called `python`
        return "Kav needs Python 3.11 or later"
    missing = [name for name in PACKAGES if find_spec(name) is None]
    return "it lacks {}".format(", ".join(missing)) if missing else ""


def start_again(why: str) -> None:
    """Start this command with the Python of `.venv`; exit with 1 and the reason if there is none, or it is this one."""
    python = VENV / "bin" / "python"
    if not python.exists() or VENV.samefile(sys.prefix):
        sys.exit(NOT_SET_UP.format(sys.executable, why))
    os.execv(python, [str(python), *sys.argv])


if __name__ == "__main__":
    why = lack()
    if why:
        start_again(why)
    from pipeline.cli import main

    main()
