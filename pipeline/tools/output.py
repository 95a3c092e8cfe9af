"""Where a tool's text goes: to the standard output, or to a file."""

from __future__ import annotations

from pathlib import Path

from pipeline.faults import KavError


def put(text: str, out: Path | None, new: bool = False) -> None:
    """Print a text as it is, or write it to a file; `new`: only if the file is not there yet.

    Raises KavError if it cannot be written.
    """
    if out is None:
        print(text, end="")
        return
    try:
        with out.open("x" if new else "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise KavError(f"{out} is there already; name another file, or remove it") from None
    except FileNotFoundError:
        raise KavError(f"{out} cannot be written: there is no folder {out.parent}") from None
    except OSError as error:
        raise KavError(f"{out} cannot be written: {error.strerror}") from None
