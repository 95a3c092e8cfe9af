"""The command line, as a user meets it: a process, its output and its exit code."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pipeline
from pipeline import cli
from tests.kit.accounts import key_file

ROOT = Path(__file__).parents[2]
VERBS = [verb.name for group in cli.verbs().values() for verb in group]


def kav(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `run.py` to its end, with these environment variables on top."""
    command, environment = [sys.executable, str(ROOT / "run.py"), *arguments], {**os.environ, **variables}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, env=environment)


def test_a_base_in_an_allowed_folder(tmp_path: Path) -> None:
    """`--allow` lets every verb that reads configs extend it; without, `check` says so."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base/base.yaml").write_text("extends: kav:bench\n", "utf-8")
    (tmp_path / "top").mkdir()
    (tmp_path / "top/top.yaml").write_text("extends: ../base/base.yaml\ndrop: ['dedup[2]']\n", "utf-8")
    config, folder = str(tmp_path / "top/top.yaml"), str(tmp_path / "base")
    assert "--allow " in kav("check", config).stdout
    for verb in ("check", "print", "graph"):
        assert kav(verb, config, "--allow", folder).returncode == 0
    wrong = kav("check", config, "--allow", str(tmp_path / "none"))
    assert wrong.returncode == 2 and "there is no folder" in wrong.stderr


def test_every_folder_with_a_verb_is_in_a_group() -> None:
    """A new `pipeline/tools/FOLDER/verb.py` needs its place in the help."""
    found = {path.parent.name for path in (ROOT / "pipeline/tools").glob("*/verb.py")}
    assert sorted(folder for folders in cli.GROUPS.values() for folder in folders) == sorted(found)
    assert {"serve", "test", "list", "tune"} <= set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    """`--help` says how a verb is used, and `run.py --help` names it."""
    told = kav(verb, "--help").stdout
    assert told.startswith(f"usage: run.py {verb}") and f"\n  python run.py {verb}" in told
    listed = kav("--help").stdout
    assert verb in listed and "jSON" not in listed


def test_the_version_is_printed() -> None:
    """On the first line, to the standard output."""
    done = kav("--version")
    assert done.stdout.startswith(f"Kav {pipeline.__version__}\nPython ") and done.returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("dial",),
        ("call",),
        ("check",),
        ("test",),
        ("show",),
        ("serve", "x.yaml", "--port", "x"),
        ("serve", "x.yaml", "--workers", "0"),
    ],
)
def test_wrong_use_is_told_apart_from_failure(arguments: tuple[Any, ...]) -> None:
    """It exits with 2 and shows the usage."""
    done = kav(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: run.py") and "Traceback" not in done.stderr


def test_the_shipped_configs_are_clean(tmp_path: Path) -> None:
    """`check` of the folder finds nothing, and says how many files it has read."""
    there = {"LLM_MODEL": "some-model", "OPENAI_API_KEY": "some-key", "OPENAI_BASE_URL": "", "CRM_KEY": "some-crm-key"}
    there |= {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "0" * 32, "KAV_WEBHOOK_SECRET": "MDEy" * 8}
    there["PUBLIC_BASE_URL"] = "https://agent.example.com"
    done = kav("check", "configs", "--strict", GOOGLE_APPLICATION_CREDENTIALS=str(key_file(tmp_path)), **there)
    assert (done.returncode, done.stdout) == (0, "20 files, 12 tools, all clean\n")


def test_what_the_machine_lacks_is_a_warning() -> None:
    """A machine that only checks a config needs no account; `--strict` holds it against it."""
    lacking = {"LLM_MODEL": "", "OPENAI_API_KEY": "", "OPENAI_BASE_URL": "", "GOOGLE_APPLICATION_CREDENTIALS": "none"}
    lacking |= dict.fromkeys(("CRM_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "KAV_WEBHOOK_SECRET"), "")
    done = kav("check", "configs", **lacking)
    assert done.returncode == 0 and done.stdout.endswith("20 files, 12 tools, 11 warnings\n")
    assert all(name in done.stdout for name in ("OPENAI_API_KEY", "LLM_MODEL", "GOOGLE_APPLICATION_CREDENTIALS"))
    assert kav("check", "configs", "--strict", **lacking).returncode == 1


def test_stand_ins_serve_a_config_whose_accounts_are_not_there() -> None:
    """It says for whom they stand in, and is ready without a key."""
    command = [sys.executable, str(ROOT / "run.py"), "serve", "configs/maximus_he.yaml", "--stand-ins", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        told = ""
        for line in process.stderr:
            told += line
            if "READY" in line:
                process.send_signal(signal.SIGINT)
    assert process.returncode == 0, told
    assert "STAND_INS for asr.google, llm.openai, tts.google" in told and "Traceback" not in told


@pytest.mark.fault("A10", "I-1")
def test_providers_are_asked_before_a_call(tmp_path: Path) -> None:
    """A line each with its place, and as data; stand-ins are for that alone, and no key is shown."""
    canary = {"OPENAI_API_KEY": "sk-canary-0123456789", "OPENAI_BASE_URL": "http://x.invalid/v1", "LLM_MODEL": "small"}
    there = {**canary, "GOOGLE_APPLICATION_CREDENTIALS": str(key_file(tmp_path))}
    done = kav("check", "configs/maximus_he.yaml", "--online", "--stand-ins", **there)
    assert done.returncode == 0 and done.stderr == "asking 3 providers…\n"
    assert "tts.google  asked for the voices of he-IL: 3 of them, he-IL-Wavenet-A is one" in done.stdout
    mind = '  - llm.openai: {model: small, key: "${OPENAI_API_KEY}", base_url: "${OPENAI_BASE_URL}"}'
    text = (ROOT / "configs/bench.yaml").read_text()
    (tmp_path / "agent.yaml").write_text("\n".join(mind if "- llm." in line else line for line in text.split("\n")))
    failed = kav("check", str(tmp_path / "agent.yaml"), "--online", "--json", **there)
    [asked] = json.loads(failed.stdout)["providers"]
    assert failed.returncode == 1 and not asked["ok"] and "x.invalid" in asked["hint"]
    assert not [it for it in (done, failed) if "canary" in it.stdout + it.stderr or "Traceback" in it.stderr]
    assert kav("check", "configs", "--stand-ins").returncode == 2


@pytest.mark.fault("A1")
def test_a_fault_is_shown_at_its_place(tmp_path: Path) -> None:
    """`check` exits with 1 and shows the line, the word and what was meant."""
    path = tmp_path / "wrong.yaml"
    text = (ROOT / "configs/bench.yaml").read_text().replace("rms:", "rsm:")
    path.write_text(text)
    done = kav("check", str(path))
    assert done.returncode == 1
    assert "`vad.energy` has no setting `rsm`" in done.stdout and "did you mean `rms`?" in done.stdout
    (fault,) = json.loads(kav("check", str(path), "--json").stdout)["faults"]
    assert fault["line"] == 1 + text[: text.index("rsm")].count("\n")


def test_tests_of_a_config_are_played() -> None:
    """`test` prints a line for each, and exits with 0; with 1 if there is none to play, with 2 if none is named so."""
    done = kav("test", "configs/demo.test.yaml", "-k", "greeted")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("2 tests, all passed; 17.4 s of calls\n")
    assert kav("test", "docs").returncode == 1
    assert kav("test", "configs", "-k", "no such name").returncode == 2


def test_a_config_is_printed_with_where_its_values_came_from() -> None:
    """After its changes; what cannot be printed is a fault, and no traceback."""
    done = kav("print", "configs/demo.yaml", "--set", "vad.rms=300", "--swap", "{tts: tts.tone}", VAD_RMS="")
    assert done.returncode == 0, done.stderr
    assert re.search(r"rms: 300 +# --set\n", done.stdout) and re.search(r"- tts.tone +# --swap\n", done.stdout)
    wrong = kav("print", "configs/demo.yaml", "--set", "vad.rsm=300")
    assert wrong.returncode == 1 and "did you mean `rms`?" in wrong.stderr and "Traceback" not in wrong.stderr


def test_the_processors_are_listed_and_shown() -> None:
    """`list` names each word, `show` one of them with its settings, and a wrong word is helped."""
    assert "tts.espeak" in kav("list").stdout
    assert "min_silence" in kav("show", "end_of_utterance").stdout
    wrong = kav("show", "tts.espaek")
    assert wrong.returncode == 1 and "did you mean `tts.espeak`?" in wrong.stdout


def test_a_call_to_a_config_is_placed_and_reported(tmp_path: Path) -> None:
    """`call` starts the agent, speaks to it, prints JSON when asked to, leaves the sound, and exits with 0."""
    out = tmp_path / "call.wav"
    done = kav("call", "configs/bench.yaml", "--wav", "configs/demo/rooms.wav", "--out", str(out), "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout[done.stdout.index("{") :])
    assert report["ok"] and len(report["turns"]) == 1 and report["turns"][0]["gap"] > 0
    assert out.read_bytes().startswith(b"RIFF")


@pytest.mark.fault("A1")
@pytest.mark.parametrize(
    "arguments",
    [
        ("call", "http://127.0.0.1:9"),
        ("call", "nowhere.yaml"),
        ("go", "nowhere.yaml"),
        ("report", "configs"),
        ("diagnose", "nowhere.log"),
        ("diagnose", "tests/data/logs/no_call_at_all.log"),
        ("go", "http://127.0.0.1:9"),
        ("call", "configs/bench.yaml", "--wav", "nowhere.wav"),
        ("call", "configs/bench.yaml", "--set", "vad.rsm=1"),
        ("call", "configs/bench.yaml", "--script", "configs/bench.yaml"),
        ("serve", "nowhere.yaml"),
        ("serve", "configs/bench.yaml", "--host", "0.0.0.0"),
        ("serve", "configs/bench.yaml", "--port", "99999"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(arguments: tuple[Any, ...]) -> None:
    """It exits with 1 and never shows a traceback."""
    done = kav(*arguments)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert (done.stderr + done.stdout).strip()


def test_the_demo_goes_on_serving_until_it_is_interrupted(tmp_path: Path) -> None:
    """After its call it says how to call again, and Ctrl-C ends it cleanly."""
    wav = str(ROOT / "configs/demo/rooms.wav")
    command = [sys.executable, str(ROOT / "run.py"), "demo", "configs/bench.yaml", "--wav", wav, "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        told = ""
        for line in process.stdout:
            told += line
            if "Ctrl-C" in line:
                process.send_signal(signal.SIGINT)
        errors = process.stderr.read()
    assert process.returncode == 0, errors
    assert "python run.py call http://127.0.0.1:" in told and "Traceback" not in errors
