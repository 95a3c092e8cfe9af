"""The ground of a soak with faults: a server with two agents, one sound and one faulty, and its processes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import F_SETPIPE_SZ, fcntl
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.processes import ADMIN, ROOT, Server, StandIns, deployment
from benchmarks.soak import hostile

CONFIG = "maximus_he.yaml"
PUBLIC, TOKEN = "https://soak.example", "token-of-a-soak"
SOUND, FAULTY = "+97230000001", "+97230000002"  # the numbers of the agents
LISTENING = re.compile(r"LISTENING on ([\d.]+:\d+)")
PIPE = 4096  # bytes of the log's pipe, so that it is soon full
LIMITS: dict[str, Any] = {
    "server.per_caller": 2000,
    "server.per_caller_hour": 1_000_000,
    "server.call_time_per_hour": None,
    "tts.per_minute": 100_000,
}


class Log:
    """The server's log: read into a file, and left unread for as long as it is held."""

    def __init__(self, process: subprocess.Popen[str], path: Path) -> None:
        assert process.stderr is not None
        self._lines, self._path = process.stderr, path
        self._flowing = threading.Event()
        self._flowing.set()
        fcntl(self._lines.fileno(), F_SETPIPE_SZ, PIPE)
        self.seen: dict[str, str] = {}
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def hold(self, held: bool) -> None:
        """Read no more lines, or go on."""
        self._flowing.clear() if held else self._flowing.set()

    def _read(self) -> None:
        with self._path.open("w", encoding="utf-8") as file:
            for line in self._lines:
                self._flowing.wait()
                file.write(line)
                file.flush()
                self._look(line)
        self.ready.set()

    def _look(self, line: str) -> None:
        for name, pattern in (("admin", ADMIN), ("url", LISTENING)):
            if found := pattern.search(line):
                self.seen[name] = found[1]
        if len(self.seen) == 2:
            self.ready.set()


class Ground(msgspec.Struct, kw_only=True):
    """The server, its log, the switched stand-ins, the path of the faulty config, and the loop's stalls so far."""

    server: Server
    process: Any  # subprocess.Popen
    log: Log
    stand_ins: StandIns
    config: Path
    records: Path
    sounds: dict[str, bytes]
    stalls: list[float] = []  # loop times, seconds
    writing: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)  # held while the faulty config is changed

    @property
    def alive(self) -> bool:
        """True while the server runs."""
        return self.process.poll() is None

    def reload(self) -> None:
        """Have the server read its configs again."""
        os.kill(self.server.pid, signal.SIGHUP)

    def fill_disk(self, full: bool) -> None:
        """Let no file of the server grow, as on a full disk, or let them again."""
        hard = resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.server.pid, resource.RLIMIT_FSIZE, (0 if full else hard, hard))


@contextmanager
def ground(folder: Path, sound: StandIns, switched: StandIns, calls: int, sounds: dict[str, bytes]) -> Iterator[Ground]:
    """Run the server in this folder."""
    limits = {**LIMITS, "server.max_calls": 2 * calls + 100}
    deployment(folder, CONFIG, {**sound.fields, **limits})
    shutil.copy(str(hostile.__file__), folder / "hostile.py")
    first, second = folder / "sound.yaml", folder / "faulty.yaml"
    _write(first, "sound", SOUND, {**sound.fields, **limits, "record.folder": str(folder / "calls")})
    behind = {f"{role}.fallback": [_fallback(sound.fields, role)] for role in ("asr", "llm")}
    fields = {**switched.fields, **behind, **limits, "record.folder": str(folder / "calls")}
    _write(second, "faulty", FAULTY, fields, plugins=["hostile.py"], swap={"intro_filter": {"hostile": {}}})
    command = [sys.executable, str(ROOT / "run.py"), "serve", str(first), str(second), "--host", "127.0.0.1"]
    environment = {**os.environ, "TWILIO_AUTH_TOKEN": TOKEN, "PUBLIC_BASE_URL": PUBLIC}
    begun = time.monotonic()
    with subprocess.Popen(
        [*command, "--port", "0", "--admin", "0"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        log = Log(process, folder / "server.log")
        log.ready.wait()
        try:
            if process.poll() is not None or "url" not in log.seen:
                raise RuntimeError((folder / "server.log").read_text())
            server = Server("http://" + log.seen["url"], log.seen["admin"], process.pid, time.monotonic() - begun)
            yield Ground(
                server=server, process=process, log=log, stand_ins=switched, config=second,
                records=folder / "calls", sounds=sounds,
            )  # fmt: skip
        finally:
            log.hold(False)
            process.terminate()
            log.thread.join()


def _write(path: Path, name: str, number: str, fields: dict[str, Any], **more: Any) -> None:
    said = {"extends": CONFIG, "name": name, "numbers": [number], "set": fields, **more}
    path.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")  # JSON is YAML


def _fallback(fields: dict[str, Any], role: str) -> dict[str, Any]:
    word = {"asr": "asr.google", "llm": "llm.openai"}[role]
    named = {name.removeprefix(f"{role}."): it for name, it in fields.items() if name.startswith(f"{role}.")}
    return {word: named}
