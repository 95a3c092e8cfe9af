"""A server and stand-ins in processes of their own, so that each one's cost can be told."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
READY = re.compile(r"READY (http://[^ :]+:\d+)")
ADMIN = re.compile(r"ADMIN (http://[^ :]+:\d+)")
TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """A server that runs: its addresses, its process, and the seconds until it said that it was ready."""

    def __init__(self, url: str, admin_url: str, pid: int, took: float) -> None:
        self.url, self.admin_url, self.pid, self.took = url, admin_url, pid, took

    @property
    def rss(self) -> int:
        """Resident memory, kB."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024

    @property
    def cpu(self) -> tuple[float, float]:
        """CPU seconds so far: of the whole process, and of the thread with the event loop."""
        return _cpu(Path(f"/proc/{self.pid}/stat")), _cpu(Path(f"/proc/{self.pid}/task/{self.pid}/stat"))

    @property
    def files(self) -> int:
        """Open files and sockets."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    @property
    def threads(self) -> int:
        """Threads."""
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))


@contextmanager
def serving(config: Path, tree: Path = ROOT) -> Iterator[Server]:
    """A server for this config, of the Kav in this folder."""
    begun = time.monotonic()
    command = [sys.executable, str(tree / "run.py"), "serve", str(config), "--port", "0"]
    with subprocess.Popen(command, cwd=tree, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        url = admin = ""
        for line in process.stderr:
            admin = found[1] if (found := ADMIN.search(line)) else admin
            if found := READY.search(line):
                url = found[1]
                break
        took = time.monotonic() - begun
        reading = threading.Thread(target=process.stderr.read)  # or log lines would be lost
        reading.start()
        try:
            yield Server(url, admin or url, process.pid, took)
        finally:
            process.terminate()
            reading.join()


class StandIns:
    """Stand-ins that run; `fields` point a config at them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid
        self.fields: dict[str, Any] = self._read()

    def open(self, fault: str = "") -> dict[str, int]:
        """What is open at each of them; with the name of a fault, it is theirs from now on."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{fault}\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        return told


@contextmanager
def standing(*options: str, module: str = "benchmarks.standing") -> Iterator[StandIns]:
    """Stand-ins for all three providers."""
    command = [sys.executable, "-m", module, *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        try:
            yield StandIns(process)
        finally:
            process.stdin.close()


def deployment(folder: Path, config: str, fields: dict[str, Any], swap: dict[str, Any] | None = None) -> Path:
    """A config in `folder` that extends a shipped one, its calls recorded there, too."""
    shutil.copytree(ROOT / "configs", folder, dirs_exist_ok=True)
    path = folder / "deployed.yaml"
    said = {"extends": config, "set": {"record.folder": str(folder / "calls"), **fields}, "swap": swap or {}}
    path.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")  # JSON is YAML
    return path


def _cpu(stat: Path) -> float:
    fields = stat.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK
