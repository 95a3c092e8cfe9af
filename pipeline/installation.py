"""The form in which Kav runs: from its repository, or installed; and the command that started it."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGE = __name__.partition(".")[0]  # `kav` where Kav is installed: a wheel's build renames it
INSTALLED = PACKAGE == "kav"
PROCESSORS = f"{PACKAGE}.processors" if INSTALLED else "processors"  # the package of the built-in processors
ABILITIES = f"{PACKAGE}.abilities" if INSTALLED else "abilities"  # the package of the built-in tools
FOLDER = Path(__file__).parents[0 if INSTALLED else 1]  # has `configs` in it


def is_installed(module: str) -> bool:
    """True if a module of another package can be imported; it is not imported."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # not even a package above it
        return False


def command(rest: str = "", script: str | None = None) -> str:
    """Return the command that starts Kav as it was started now, with `rest` after it: `python run.py check a.yaml`.

    In a program that uses Kav as a library it is the usual one: `kav` where Kav is installed, else `python run.py`.
    `script` is the path of the running script, if it is not that of this process.
    """
    started = Path(sys.argv[0] if script is None else script)
    if (started.parent.name, started.name) == ("kav", "__main__.py"):
        said = "python -m kav"
    elif started.name == "run.py" or not (INSTALLED or started.stem == "kav"):
        said = "python run.py"
    else:
        said = "kav"
    return f"{said} {rest}".rstrip()
