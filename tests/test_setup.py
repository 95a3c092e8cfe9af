"""The wheel: built, installed where nothing else of Kav is, and used in an empty folder."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path
from shutil import copy, copytree
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ("pipeline", "processors", "abilities", "configs", "kav")
FILES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "CHANGELOG.md", "LICENSE", "run.py")
BUILD = "import sys; from setuptools import build_meta; build_meta.build_{}(sys.argv[1])"
FOREIGN = "raise SystemExit('a foreign package was imported')"

WITHOUT_EXTRAS = """
import sys
for name in ("openai", "google", "onnxruntime", "pocketsphinx", "espeakng_loader"):
    sys.modules[name] = None
from kav.cli import main
main()
"""
PLUGIN = """\
from kav import Processor, on
from kav.frames import ReplyText


class Shout(Processor):
    "Says everything louder."

    gives = (ReplyText,)

    @on(ReplyText)
    def louder(self, frame: ReplyText) -> None:
        self.push(frame)
"""
Done = subprocess.CompletedProcess[str]


def built(kind: str, source: Path, out: Path) -> Path:
    """Build a wheel or an sdist of a folder, without a network and without pip."""
    out.mkdir()
    done = subprocess.run([sys.executable, "-c", BUILD.format(kind), out], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.iterdir())


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources, as building writes beside them."""
    folder = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        copytree(ROOT / name, folder / name, ignore=lambda _, names: [it for it in names if it == "__pycache__"])
    for name in FILES:
        copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel."""
    return built("wheel", source, tmp_path_factory.mktemp("built") / "out")


class Installed:
    """An environment with the wheel and the packages of this one, and a folder with two foreign packages in it."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        venv.create(folder / "env", with_pip=False, symlinks=True)
        self.python, self.foreign = folder / "env/bin/python", folder / "foreign"
        site = next((folder / "env/lib").glob("python*/site-packages"))
        (site / "others.pth").write_text(sysconfig.get_path("purelib"))
        pip = [sys.executable, "-m", "pip", "--python", str(self.python), "install"]
        subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True)
        self.foreign.mkdir()
        for name in ("pipeline.py", "processors.py"):
            (self.foreign / name).write_text(FOREIGN)

    def command(self, *arguments: str) -> list[str]:
        """The console script with these arguments."""
        return [str(self.python.with_name("kav")), *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables: the foreign packages come before all others."""
        return {**os.environ, "PYTHONPATH": str(self.foreign), "COLUMNS": "120"}

    def run(self, folder: Path, *command: str, foreign: bool = True) -> Done:
        """Run a command in a folder to its end."""
        path = {} if foreign else {"PYTHONPATH": ""}
        environment = {**self.environment, **path}
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, env=environment)

    def kav(self, folder: Path, *arguments: str) -> str:
        """The output of the console script, which is to succeed."""
        done = self.run(folder, *self.command(*arguments))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, installed."""
    return Installed(tmp_path_factory.mktemp("installed"), wheel)


def test_a_wheel_has_one_name(wheel: Path) -> None:
    """All of it but metadata is below `kav`: every module, and the configs without the recordings' maker."""
    with ZipFile(wheel) as file:
        names = {Path(name) for name in file.namelist()}
    assert {name.parts[0] for name in names if not name.parts[0].endswith(".dist-info")} == {"kav"}
    data = ("py.typed", "processors/vad/silero/silero_vad.onnx", "prosody/weights.json")
    assert {Path("kav", path) for path in data} <= names
    for name, folder in (
        ("pipeline", "kav"),
        ("processors", "kav/processors"),
        ("abilities", "kav/abilities"),
        ("configs", "kav/configs"),
    ):
        found = {path.relative_to(ROOT / name) for path in (ROOT / name).rglob("*") if path.is_file()}
        wanted = {Path(folder, path) for path in found if "__pycache__" not in path.parts}
        assert wanted - names <= {Path("kav/configs/demo/make_recordings.py")}


def test_no_module_imports_the_repositorys_names(wheel: Path) -> None:
    """Those names are not there, or another package's."""
    with ZipFile(wheel) as file:
        for name in (name for name in file.namelist() if name.endswith(".py")):
            for node in ast.walk(ast.parse(file.read(name))):
                asked = [each.name for each in node.names] if isinstance(node, ast.Import) else []
                asked += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                assert not [it for it in asked if it.split(".")[0] in ("pipeline", "processors")], name


def test_an_sdist_builds_the_same_wheel(source: Path, wheel: Path, tmp_path: Path) -> None:
    """File by file."""
    with tarfile.open(built("sdist", source, tmp_path / "sdist")) as file:
        file.extractall(tmp_path, filter="data")
    again = built("wheel", next(tmp_path.glob("kav-*")), tmp_path / "wheel")
    with ZipFile(wheel) as one, ZipFile(again) as other:
        assert {it.filename: it.CRC for it in one.infolist() if "RECORD" not in it.filename} == {
            it.filename: it.CRC for it in other.infolist() if "RECORD" not in it.filename
        }


def test_it_runs_by_both_commands(installed: Installed, tmp_path: Path) -> None:
    """Each names itself in its help and its messages."""
    for command in (installed.command(), [str(installed.python), "-m", "kav"]):
        shown = " ".join(["kav"] if len(command) == 1 else ["python", "-m", "kav"])
        assert installed.run(tmp_path, *command, "--version").stdout.startswith("Kav ")
        assert installed.run(tmp_path, *command, "call", "--help").stdout.startswith(f"usage: {shown} call")
        told = installed.run(tmp_path, *command, "check", "none.test.yaml").stdout
        assert "run.py" not in told + installed.run(tmp_path, *command, "--help").stdout


def test_verbs_work_in_an_empty_folder(installed: Installed, tmp_path: Path) -> None:
    """With a starter and its schema written, and the shipped configs checked, printed and tested."""
    assert "asr.google" in installed.kav(tmp_path, "list")
    assert "pacer" in installed.kav(tmp_path, "show", "pacer")
    assert "`kav check my.yaml`" in installed.kav(tmp_path, "new", "--out", "my.yaml")
    assert sorted(it.name for it in tmp_path.iterdir()) == ["kav.schema.json", "my.yaml"]
    assert "$schema=kav.schema.json" in (tmp_path / "my.yaml").read_text()
    assert installed.kav(tmp_path, "check", "my.yaml", "kav:demo", "kav:demo_he").endswith(
        "3 files, 6 tools, all clean\n"
    )
    assert "asr.pocketsphinx" in installed.kav(tmp_path, "print", "kav:demo")
    assert "passed" in installed.kav(tmp_path, "test", "kav:bench")


def test_a_call_is_answered(installed: Installed, tmp_path: Path) -> None:
    """By the shipped demo, over sockets, heard and spoken offline; what is kept of it is in the folder."""
    told = installed.kav(tmp_path, "call", "kav:demo", "--say", "hello i am looking for an apartment")
    assert "Gladly. How many rooms do you need?" in told and "\nok\n" in told and "run.py" not in told
    assert [it.name for it in tmp_path.iterdir()] == ["calls"]


def test_workers_answer(installed: Installed, tmp_path: Path) -> None:
    """A server of two processes starts, and ends when told to."""
    command = installed.command("serve", "kav:bench", "--port", "0", "--workers", "2")
    with subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, env=installed.environment
    ) as process:
        assert process.stderr is not None
        told = ""
        for line in process.stderr:
            told += line
            if "READY" in line:
                process.send_signal(signal.SIGTERM)
    assert process.returncode == 0 and "READY" in told and "Traceback" not in told, told


def test_a_plugin_imports_kav(installed: Installed, tmp_path: Path) -> None:
    """One that imports the repository's names is told the right ones."""
    (tmp_path / "my.yaml").write_text(
        "plugins: [shout.py]\npipeline: [twilio_serializer, vad.energy, end_of_utterance, asr.script: {say: [hello]}, "
        "llm.script: {say: [Yes.]}, shout, tts.tone, pacer, twilio_sink]\n"
    )
    (tmp_path / "shout.py").write_text(PLUGIN)
    assert installed.kav(tmp_path, "check", "my.yaml").endswith("all clean\n")
    for asked, told in (
        ("pipeline", "`pipeline` is named `kav` where Kav is installed: from kav import …"),
        ("pipeline.processor", "`pipeline` is named `kav` where Kav is installed: from kav import …"),
        ("processors.pacer", "`processors` is named `kav.processors` where Kav is installed: from kav.processors"),
    ):
        (tmp_path / "shout.py").write_text(f"from {asked} import Processor, on\n" + PLUGIN)
        assert told in installed.run(tmp_path, *installed.command("check", "my.yaml"), foreign=False).stdout


def test_a_missing_extra_is_told_of_with_its_command(installed: Installed, tmp_path: Path) -> None:
    """For every step of a provider."""
    told = installed.run(tmp_path, str(installed.python), "-c", WITHOUT_EXTRAS, "list").stdout
    found = dict(re.findall(r"^(\S+) +cannot be used here: .* \((.*)\)$", told, re.MULTILINE))
    extras = {
        "asr.google": "google", "asr.openai": "openai", "asr.pocketsphinx": "offline", "llm.openai": "openai",
        "tts.espeak": "offline", "tts.google": "google", "tts.openai": "openai", "vad.silero": "silero",
    }  # fmt: skip
    assert found == {word: f'pip install "kav[{extra}]"' for word, extra in extras.items()}


def test_the_schema_needs_no_extra(installed: Installed, tmp_path: Path) -> None:
    """It has every step, and those of a config's own; so a starter has its schema beside it with one extra, too."""
    run = [str(installed.python), "-c", WITHOUT_EXTRAS]
    shipped = json.loads((ROOT / "configs/kav.schema.json").read_text(encoding="utf-8"))
    assert json.loads(installed.run(tmp_path, *run, "schema").stdout) == shipped
    (tmp_path / "shout.py").write_text(PLUGIN)
    (tmp_path / "my.yaml").write_text("extends: kav:bench\nplugins: [shout.py]\n")
    found = json.loads(installed.run(tmp_path, *run, "schema", "my.yaml", foreign=False).stdout)["definitions"]
    assert found["asr.google"] == shipped["definitions"]["asr.google"] and "shout" in found
    new = [*run, "new", "twilio_serializer vad.energy end_of_utterance asr.script llm.rules tts.tone pacer twilio_sink"]
    (tmp_path / "new").mkdir()
    assert not installed.run(tmp_path, *new, "--out", "new/new.yaml").stderr
    assert (tmp_path / "new/kav.schema.json").is_file()


def test_an_editable_install_uses_the_sources(source: Path, tmp_path: Path) -> None:
    """It runs by both commands, and `kav` is the repository's name of its own modules."""
    editable = Installed(tmp_path, built("editable", source, tmp_path / "out"))
    for command in (editable.command(), [str(editable.python), "-m", "kav"]):
        done = editable.run(tmp_path, *command, "check", "kav:demo", foreign=False)
        assert done.stdout == "1 file, 3 tools, all clean\n", done.stdout + done.stderr
    code = "import kav.frames, pipeline.frames, sys; print(kav.frames is pipeline.frames, kav.frames.__file__)"
    told = editable.run(tmp_path, str(editable.python), "-c", code, foreign=False).stdout
    assert told == f"True {source / 'pipeline/frames/__init__.py'}\n"
