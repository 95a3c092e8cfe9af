"""One measurement: a server on one core, the generator on the other, and what both took."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.bench import machine, stalls
from benchmarks.bench.environment import PYTHON, ROOT
from benchmarks.bench.plan import BARE, KAV, PIPECAT, SILERO, Load, Point, spoken
from benchmarks.bench.results import Run
from benchmarks.bench.taken import Look, combine, during
from benchmarks.load.caller import Script
from benchmarks.load.outcome import Outcome
from benchmarks.peers import lag
from pipeline.faults import KavError

SERVER_CORE, LOAD_CORE = "0", "1"
READY, STOP = 60.0, 10.0  # seconds that a server may take to start, and to end
WARM_UP = Script(turns=1, barge_every=0, speech=0.5, lead=0.1, pause=0.0)
LOOK = 0.25  # seconds from one look at the processes to the next

SERVERS = {  # what Python is told, and the stream's path
    KAV: (sys.executable, ("run.py", "serve", "configs/bench.yaml"), "/ws/twilio-media"),
    BARE: (str(PYTHON), ("-m", "benchmarks.peers.bare"), "/ws"),
    PIPECAT: (str(PYTHON), ("-m", "benchmarks.peers.pipecat"), "/ws"),
    SILERO: (sys.executable, ("run.py", "serve", "configs/bench_silero.yaml"), "/ws/twilio-media"),
}


class Failed(KavError):
    """A server or the generator did not do its part."""


def measure(point: Point, load: Load) -> Run:
    """Measure; raises Failed."""
    with tempfile.TemporaryDirectory() as name, _watched_cores(Path(name)) as cores:
        folder = Path(name)
        with _server(point.server, folder) as (pid, url):
            _generate(url, 1, Load(spoken(point.server, WARM_UP), ramp=0.1), folder)
            before = machine.memory(pid)
            outcome, looks = _generate(url, point.calls, load, folder, pid)
        lags = lag.read(folder / "lags")
        stalled = [stall for core in cores for stall in stalls.read(core)]
    if len(during(outcome, looks)) < 2:
        raise Failed(f"{point.server} with {point.calls} calls: they were never all under way at once")
    return combine(point, outcome, looks, before, lags, stalled)


@contextmanager
def _watched_cores(folder: Path) -> Iterator[list[Path]]:
    files = [folder / f"stalls-{core}" for core in (SERVER_CORE, LOAD_CORE)]
    watch = [sys.executable, "-m", "benchmarks.bench.stalls"]
    watching = [
        subprocess.Popen([*watch, core, str(file)], cwd=ROOT)
        for core, file in zip((SERVER_CORE, LOAD_CORE), files, strict=True)
    ]
    try:
        yield files
    finally:
        for each in watching:
            each.kill()
            each.wait()


@contextmanager
def _server(name: str, folder: Path) -> Iterator[tuple[int, str]]:
    """A server that runs: its process and its stream's address."""
    python, command, path = SERVERS[name]
    port, log = _free_port(), folder / "server.log"
    watched = [python, "-m", "benchmarks.peers.lag", str(folder / "lags"), "--", *command, "--port", str(port)]
    with (
        log.open("wb") as into,
        subprocess.Popen(_pinned(SERVER_CORE, watched), cwd=ROOT, stdout=into, stderr=into) as it,
    ):
        try:
            if not _accepts(it, port):
                raise Failed(f"{name} did not start: {_last(log)}")
            yield it.pid, f"ws://127.0.0.1:{port}{path}"
        finally:
            it.terminate()
            try:
                it.wait(STOP)
            except subprocess.TimeoutExpired:
                it.kill()


def _generate(url: str, calls: int, load: Load, folder: Path, server: int = 0) -> tuple[Outcome, list[Look]]:
    """Make the calls, and look at the processes meanwhile."""
    script = msgspec.structs.asdict(load.script)
    told = [word for name, value in script.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    limit = load.seconds * 2 + 30
    command = [str(PYTHON), "-m", "benchmarks.load", url, "--calls", str(calls), "--ramp", str(load.ramp), *told]
    out, log, looks = folder / "outcome", folder / "load.log", []
    with out.open("wb") as into, log.open("wb") as complaints:
        pinned = _pinned(LOAD_CORE, [*command, "--limit", str(limit)])
        with subprocess.Popen(pinned, cwd=ROOT, stdout=into, stderr=complaints) as it:
            try:
                while it.poll() is None:
                    looks += _look(server, it.pid) if server else []
                    time.sleep(LOOK)
            finally:
                it.kill()  # if this was interrupted
    if it.returncode:
        raise Failed(f"the generator failed: {_last(log)}")
    return msgspec.json.decode(out.read_bytes(), type=Outcome), looks


def _look(server: int, load: int) -> list[Look]:
    try:
        taken = machine.cpu(server), machine.cpu(load)
    except OSError:  # one of them has ended
        return []
    return [Look(time.monotonic(), *taken, machine.busy(), machine.memory(server))]


def _pinned(core: str, command: list[str]) -> list[str]:
    return [sys.executable, str(ROOT / "benchmarks/bench/pin.py"), core, *command]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _accepts(process: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + READY
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False


def _last(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
