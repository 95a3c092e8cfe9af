"""Draw the journeys and write the map of the rooms: `python -m docs.drawings`, which `make docs` runs.

With `--check` nothing is written: each file that is not as the code has it is named, and the exit code is 1.
"""

from __future__ import annotations

import sys

from loguru import logger

from docs.drawings import files
from docs.drawings.trace import ROOT


def main() -> int:
    """Write the files, or check them; returns the exit code."""
    logger.remove()  # the traced call's own lines
    stale = 0
    for path, text in files().items():
        if "--check" not in sys.argv:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path.relative_to(ROOT)} is not as the code has it; `make docs` writes it")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
