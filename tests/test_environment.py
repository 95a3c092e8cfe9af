"""`environment.py`, which makes `.venv` of a lock file: in a folder of its own, from a package made here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import pytest

import environment

ROOT = Path(__file__).parents[1]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two releases of a package."""
    folder = tmp_path_factory.mktemp("wheels")
    for version in ("1.0", "2.0"):
        info = f"line-{version}.dist-info"
        files = {
            "line.py": f"VERSION = {version!r}\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: line\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: here\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        with ZipFile(folder / f"line-{version}-py3-none-any.whl", "w") as wheel:
            for name, text in files.items():
                wheel.writestr(name, text)
            wheel.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD")))
    return folder


@pytest.fixture
def run(tmp_path: Path, wheels: Path) -> Run:
    """Run environment.py in a folder; pip finds packages in the folder of wheels alone."""
    variables = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_CONFIG_FILE": os.devnull}

    def run(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
        script = ["-c", code] if code else [str(ROOT / "environment.py")]
        command = [sys.executable, *script, *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=variables)

    return run


def lock(folder: Path, wheels: Path, version: str) -> None:
    """Write a lock file for this release."""
    found = sha256((wheels / f"line-{version}-py3-none-any.whl").read_bytes()).hexdigest()
    (folder / "a.lock").write_text(f"line=={version} \\\n    --hash=sha256:{found}\n")


def version(folder: Path) -> str:
    """The release that is installed."""
    command = [str(folder / ".venv/bin/python"), "-c", "import line; print(line.VERSION)"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def test_locks_are_installed_once_and_again_when_they_change(run: Run, tmp_path: Path, wheels: Path) -> None:
    """Over an unfinished environment, with a few plain lines in a pipe; a failure keeps what is there."""
    lock(tmp_path, wheels, "1.0")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/unfinished").touch()
    done = run("a.lock")
    assert done.returncode == 0 and version(tmp_path) == "1.0", done.stderr
    assert not (tmp_path / ".venv/unfinished").exists()
    *lines, last = done.stdout.splitlines()
    first = [".venv is made anew: it was left unfinished.", "Setting up .venv from a.lock."]
    assert lines == [*first, "  fetching", "  installing"] and last.startswith("Set up in ")
    assert run("--this-python", "a.lock").stdout == ""
    (tmp_path / "a.lock").write_text("line==3.0 --hash=sha256:" + "0" * 64 + "\n")
    failed = run("a.lock")
    assert failed.returncode == 1 and "pip could not install a.lock" in failed.stderr
    assert version(tmp_path) == "1.0" and "Traceback" not in failed.stderr
    lock(tmp_path, wheels, "2.0")
    (tmp_path / "a.lock").rename(tmp_path / "b.lock")
    assert run("b.lock").returncode == 0 and version(tmp_path) == "2.0"
    assert sorted(json.loads((tmp_path / ".venv/locks.json").read_text())) == ["a.lock", "b.lock"]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment that has a Python and nothing else, in the working directory."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / ".venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").symlink_to(sys.executable)
    (folder / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {sys.version.split()[0]}\n")
    return folder


def test_an_environment_that_can_be_added_to_is_kept(made: Path) -> None:
    """Also one that was not made here."""
    environment._remove_unusable(this_python=True)
    assert made.exists()


def test_one_that_cannot_be_added_to_is_removed(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another Python counts only if one was asked for."""
    (made / "pyvenv.cfg").write_text("version = 3.11.0rc1\n")
    environment._remove_unusable(this_python=False)
    assert made.exists()
    environment._remove_unusable(this_python=True)
    assert not made.exists() and capsys.readouterr().out == ".venv is made anew: its Python is 3.11.0rc1.\n"


def test_one_whose_python_is_gone_is_removed(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As after an upgrade of the system."""
    (made / "bin/python").unlink()
    (made / "bin/python").symlink_to(made / "gone")
    environment._remove_unusable(this_python=False)
    assert not made.exists() and capsys.readouterr().out == ".venv is made anew: its Python is gone.\n"


def test_of_a_linked_one_the_link_alone_is_removed(made: Path) -> None:
    """The folder is another's."""
    other = made.rename(made.with_name("other"))
    made.symlink_to(other)
    (other / "unfinished").touch()
    environment._remove_unusable(this_python=False)
    assert not made.is_symlink() and (other / "pyvenv.cfg").exists()


def test_a_python_without_venv_is_told_of(run: Run, tmp_path: Path, wheels: Path) -> None:
    """With the package that has it, and nothing left behind."""
    lock(tmp_path, wheels, "1.0")
    code = (
        "import runpy, sys\nsys.modules['ensurepip'] = None\n"
        f"sys.argv = ['', 'a.lock']\nrunpy.run_path({str(ROOT / 'environment.py')!r}, run_name='__main__')"
    )
    done = run(code=code)
    assert done.returncode == 1 and "apt-get install python3-venv" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_an_index_that_does_not_answer_is_told_of(run: Run, tmp_path: Path, wheels: Path) -> None:
    """With what to do, and without pip's notes on other systems."""
    lock(tmp_path, wheels, "1.0")
    with (tmp_path / "a.lock").open("a") as file:
        file.write("other==1.0 ; sys_platform == 'none' --hash=sha256:" + "0" * 64 + "\n")
    code = (
        "import os, runpy, sys\ndel os.environ['PIP_NO_INDEX'], os.environ['PIP_FIND_LINKS']\n"
        "os.environ |= {'PIP_PROXY': 'http://127.0.0.1:9', 'PIP_RETRIES': '1', 'PIP_CONFIG_FILE': os.devnull}\n"
        f"sys.argv = ['', 'a.lock']\nrunpy.run_path({str(ROOT / 'environment.py')!r}, run_name='__main__')"
    )
    done = run(code=code)
    assert "waiting for the package index" in done.stdout
    assert done.returncode == 1 and done.stderr.endswith(environment.NO_INDEX + "\n"), done.stderr
    assert "Ignoring" not in done.stderr and "Retrying" not in done.stderr


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-providers.lock", "requirements-dev.lock"])
def test_a_lock_has_a_hash_for_each_package_and_no_address(name: str) -> None:
    """And the same releases as the lock of everything."""
    text, whole = (ROOT / name).read_text(), (ROOT / "requirements-dev.lock").read_text()
    packages = [line for line in text.splitlines() if line and line[0] not in " #"]
    assert packages and all(line.endswith("\\") and "==" in line for line in packages)
    assert "://" not in text and "torch" not in text
    assert {line.split()[0] for line in packages} <= {line.split()[0] for line in whole.splitlines() if line}
    assert ("twilio==" in text) == (name == "requirements-dev.lock")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make as from a shell, also where a make runs the tests."""
    outer = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    own = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, env=own)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("kav:demo", ("environment.py  requirements.lock", "demo 'kav:demo' --out call.wav --port '8080'\n")),
        ("kav:maximus_he", ("requirements-providers.lock", "'kav:maximus_he' --out call.wav", "--stand-ins\n")),
        ("configs/maximus_he.yaml", ("requirements-providers.lock", "--stand-ins\n")),
        ("configs/demo_he.yaml", ("requirements.lock", "--port '8080'\n")),
        ("my agents/demo.yaml", ("requirements.lock", "demo 'my agents/demo.yaml' ")),
    ],
)
def test_run_sets_up_what_a_config_needs(config: str, told: tuple[str, ...]) -> None:
    """A config that names a provider brings its libraries and is run with stand-ins."""
    done = make("-n", "run", f"CONFIG={config}")
    assert all(each in done.stdout for each in told), done.stdout


def test_an_old_python_is_told_of(tmp_path: Path) -> None:
    """With its version and the way out, in one line; so is one that is not there, however its wrapper says so."""
    old = tmp_path / "old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 >&2\nexit 1\n')
    wrapper = tmp_path / "wrapper"
    wrapper.write_text("#!/bin/sh\nprintf 'wrapper: command not found\\n\\nThere is 2.7.\\n' >&2\nexit 127\n")
    for script in (old, wrapper):
        script.chmod(0o755)
    for python in (str(old), str(wrapper), "none", ""):
        done = make("run", f"PYTHON={python}")
        said = "Python 3.9.2" if python == str(old) else "not found"
        told = f"Kav needs Python 3.11 or later; {python} is {said}. Say: make PYTHON=python3.12 run\n"
        assert done.returncode and done.stdout == told, done
