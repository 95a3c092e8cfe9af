"""Print a tool's text to the standard output, or write it to a file."""

from __future__ import annotations

from pathlib import Path

from pipeline.faults import KavError


def put(text: str, out: Path | None, new: bool = False) -> None:
    """Print a text unchanged, or write it to the file `out`; with `new`, never overwrite a file.

    Raises KavError if the file cannot be written, or exists and has to be new.
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
