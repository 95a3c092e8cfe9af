"""The memory of the server's processes, and its limit, near which new calls are refused for those that run."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from math import inf
from pathlib import Path

from pipeline.config import Config

MOST = 0.8  # part of the limit from which on new calls are refused
GROUPS = Path("/sys/fs/cgroup")
_SIZE = re.compile(r"([0-9.]+)\s?([kmgt])(i?b)?", re.IGNORECASE)
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4}


def resident(process: int | str = "self") -> int:
    """Return the bytes of memory that a process has in use; 0 where that is not known, as on another system."""
    if sys.platform == "win32":
        return 0
    try:
        return int(Path(f"/proc/{process}/statm").read_text("ascii", "replace").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


@cache
def limit(text: str) -> float:
    """Return the bytes that `server.max_memory` stands for: a size, a share of those there are, or infinite for `off`.

    `2GB` is decimal, `2GiB` and `2G` are binary, as in Docker and systemd.
    """
    if text == "off":
        return inf
    if text.endswith("%"):
        return available() * float(text[:-1]) / 100
    found = _SIZE.fullmatch(text)
    assert found is not None, text  # the pattern of the setting
    size: float = (1000 if found[3] in ("b", "B") else 1024) ** _POWERS[found[2].lower()]
    return float(found[1]) * size


def least(configs: Iterable[Config]) -> float:
    """Return the bytes of the least `server.max_memory` of these configs, which counts for all."""
    return min((limit(config.server.max_memory) for config in configs), default=inf)


def is_short(used: int, configs: Iterable[Config]) -> bool:
    """True if so many bytes are too near to the limit of these configs for another call."""
    return used > MOST * least(configs)


def available() -> float:
    """Return the bytes of memory that this process may use: the limit of its control group, or all of the machine."""
    return min(_of_machine(), *_of_groups(), inf)


def _of_machine() -> float:
    if sys.platform == "win32":
        return inf
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (ValueError, OSError):
        return inf


def _of_groups() -> Iterator[float]:
    """Yield the limits of the control groups that this process is in. Source: cgroups(7)."""
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text("ascii", "replace").splitlines():
            _, kinds, path = line.split(":", 2)
            if not kinds:
                yield from _limits(GROUPS, path, "memory.max")
            elif "memory" in kinds.split(","):
                yield from _limits(GROUPS / "memory", path, "memory.limit_in_bytes")


def _limits(root: Path, path: str, name: str) -> Iterator[float]:
    """Yield the limits of a group and of all around it; in a container, `path` may be of the machine outside."""
    inner = root / path.lstrip("/")
    for folder in (inner, *inner.parents):
        with suppress(OSError, ValueError):
            yield float((folder / name).read_text("ascii", "replace").strip().replace("max", "inf"))
