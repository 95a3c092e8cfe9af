"""The image and its composition in deploy/: the instructions, and the server that they start."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
import sys
from asyncio.subprocess import DEVNULL
from pathlib import Path
from shutil import copy, copytree
from typing import Any
from zipfile import ZipFile

import pytest
import yaml

from pipeline.config.toplevel import ServerSettings
from pipeline.server.address import ADMIN_PORT
from pipeline.server.options import DEFAULT_PORT
from tests.kit.image import Instruction, ignores, instructions
from tests.kit.outside import launched
from tests.kit.pages import ROOT, read

IMAGE = list(instructions(read("deploy/Dockerfile")))
LAST = {each.word: each for each in IMAGE if each.stage == max(it.stage for it in IMAGE)}
COPIED = [name for each in IMAGE if each.word == "COPY" and "--from" not in each.rest for name in each.words[:-1]]
COMPOSE: dict[str, Any] = yaml.safe_load(read("deploy/compose.yaml"))
KAV, CADDY = COMPOSE["services"]["kav"], COMPOSE["services"]["caddy"]
# https://github.com/compose-spec/compose-spec: those keys of its services that a server may have a use for
KEYS = {
    *("build", "cap_add", "cap_drop", "command", "depends_on", "deploy", "entrypoint", "env_file", "environment"),
    *("expose", "healthcheck", "image", "init", "labels", "logging", "mem_limit", "networks", "pids_limit", "ports"),
    *("pull_policy", "read_only", "restart", "secrets", "security_opt", "stop_grace_period", "stop_signal", "tmpfs"),
    *("ulimits", "user", "volumes", "working_dir"),
}
UNIT = re.search(r"^ExecStart=\S+ (.+)$", read("deploy/kav.service"), re.MULTILINE)
STARTED = {"image": LAST["CMD"].words, "compose": KAV["command"], "unit": shlex.split(UNIT[1] if UNIT else "")}
WHEEL = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"


@pytest.mark.parametrize("name", COPIED)
def test_the_build_gets_what_it_copies(name: str) -> None:
    """It is in the repository, and the build may see it."""
    assert (ROOT / name).exists()
    assert not ignores(read("deploy/Dockerfile.dockerignore"), name)


def test_the_build_sees_nothing_else() -> None:
    """The file of ignored names lets through what is copied, and no more."""
    let = {line[1:] for line in read("deploy/Dockerfile.dockerignore").splitlines() if line.startswith("!")}
    assert let == set(COPIED)


def test_the_wheel_is_built_from_what_is_copied(tmp_path: Path) -> None:
    """It has the processors, the configs and the model in it."""
    for name in COPIED:
        if (ROOT / name).is_dir():
            copytree(ROOT / name, tmp_path / name, ignore=lambda _, names: [it for it in names if it == "__pycache__"])
        else:
            copy(ROOT / name, tmp_path)
    (out := tmp_path / "out").mkdir()
    done = subprocess.run([sys.executable, "-c", WHEEL, out], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    names = ZipFile(next(out.iterdir())).namelist()
    assert {"kav/processors/dedup.py", "kav/configs/demo.yaml", "kav/processors/vad/silero/silero_vad.onnx"} <= {*names}


def test_it_is_not_root() -> None:
    """It runs under a number of its own, to which its folder belongs."""
    user = LAST["USER"].rest.split(":")
    assert user[0] == user[1] != "0" and user[0].isdecimal()
    assert f"--uid {user[0]}" in LAST["RUN"].rest and f"--gid {user[1]}" in LAST["RUN"].rest
    assert LAST["WORKDIR"].rest in LAST["RUN"].rest


def test_it_has_kavs_ports_and_signal() -> None:
    """The port for Twilio's requests, the port that the health check asks, the signal that lets calls finish."""
    assert LAST["EXPOSE"].rest == str(DEFAULT_PORT) and str(ADMIN_PORT) in LAST["HEALTHCHECK"].rest
    assert LAST["STOPSIGNAL"].rest == "SIGTERM" and LAST["ENTRYPOINT"].words == ["kav"]


def test_both_stages_have_one_base() -> None:
    """What the first has built for its Python runs in the second; the base is of one version."""
    bases = {each.rest.split()[0] for each in IMAGE if each.word == "FROM"}
    assert bases == {"${PYTHON}"} and re.fullmatch(r"PYTHON=python:3\.\d+-slim-\w+", IMAGE[0].rest)


@pytest.mark.parametrize("way", STARTED)
def test_it_starts_and_is_healthy(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server that the command starts listens for all, answers the health check, and then no longer does."""
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://agent.example.com")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("PORT", "0")
    mounted = {"/etc/kav/agent.yaml": "configs/bench.yaml", "8080": "0"}
    words = [mounted.get(word, word.replace(str(ADMIN_PORT), "0")) for word in STARTED[way]]

    async def scene() -> None:
        async with launched("run.py", *words) as server:
            port = (await server.says(r"ADMIN http://127\.0\.0\.1:(\d+): /healthz"))[1]
            host = (await server.says(r"LISTENING on ([\d.]+):"))[1]
            assert host == ("127.0.0.1" if way == "unit" else "0.0.0.0")
            assert await health(LAST["HEALTHCHECK"], port) == 0
            server.process.terminate()
            assert await server.process.wait() == 0
            assert await health(LAST["HEALTHCHECK"], port) != 0

    asyncio.run(asyncio.wait_for(scene(), 60))


async def health(check: Instruction, port: str) -> int:
    """Return the exit code of the image's health check, asked of this port."""
    words = [word.replace(str(ADMIN_PORT), port) for word in check.words]
    process = await asyncio.create_subprocess_exec(sys.executable, *words[1:], stderr=DEVNULL)
    return await process.wait()


@pytest.mark.parametrize("service", COMPOSE["services"])
def test_the_composition_is_closed(service: str) -> None:
    """Compose knows its keys, and each service has the rights that it needs and no more."""
    asked = COMPOSE["services"][service]
    assert set(asked) <= KEYS
    assert asked["read_only"] is True and asked["cap_drop"] == ["ALL"] and asked["restart"] == "unless-stopped"
    assert asked["security_opt"] == ["no-new-privileges:true"]
    assert asked["logging"]["options"]["max-size"]


def test_callers_come_through_caddy_alone() -> None:
    """It has the ports and passes on to Kav's; the variables are those of its file, and its file is there."""
    assert "ports" not in KAV and CADDY["ports"] == ["80:80", "443:443"]
    assert CADDY["environment"]["KAV_UPSTREAM"] == f"kav:{DEFAULT_PORT}"
    assert all(f"{{${name}:" in read("deploy/Caddyfile") for name in CADDY["environment"])
    assert (ROOT / "deploy" / CADDY["volumes"][0].split(":")[0]).is_file()


def test_calls_may_finish_in_a_container() -> None:
    """Kav is stopped before Caddy, and has longer for it than the server gives its calls."""
    minutes = re.fullmatch(r"(\d+)m", KAV["stop_grace_period"])
    assert minutes and int(minutes[1]) * 60 > ServerSettings().drain
    assert KAV["depends_on"] == ["caddy"] and "depends_on" not in CADDY


def test_what_is_kept_is_in_volumes() -> None:
    """Each volume is declared; Kav's is the home of the image's user, the config is mounted where the command looks."""
    bind, volume = KAV["volumes"]
    named = {each.split(":")[0] for each in CADDY["volumes"] if not each.startswith(".")} | {volume["source"]}
    assert named == set(COMPOSE["volumes"])
    assert volume["target"] == LAST["WORKDIR"].rest
    assert bind["read_only"] and KAV["command"][1] == f"{bind['target']}/agent.yaml" == LAST["CMD"].words[1]
    assert (ROOT / "deploy" / KAV["build"]["context"] / KAV["build"]["dockerfile"]).samefile(ROOT / "deploy/Dockerfile")
