"""Google's credentials, judged before a call and without Google's libraries."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.faults import ConfigError, KavError
from processors._shared.google_account import authorize
from tests.kit.accounts import key_file, private_key
from tests.kit.chain import chain

VARIABLES = ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT")
INLINE = "GOOGLE_APPLICATION_CREDENTIALS_JSON"

BROKEN = [
    ({"type": None}, "`type` is missing"),
    ({"type": "canary"}, "`type` is another"),
    ({"client_email": None, "token_uri": ""}, "lacks `client_email`, `token_uri`"),
    ({"private_key": "canary"}, "`private_key` that cannot be read"),
    ({"private_key": 7}, "lacks `private_key`"),
]


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that knows no account."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv(INLINE, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))


def told(config: Callable[..., Any], text: str) -> str:
    """The faults of a config, one text; its warnings if it has none."""
    try:
        return "\n".join(f"{each.line} {each.text}" for each in config(text).warnings)
    except ConfigError as error:
        return str(error)


def test_a_good_key_file_is_no_fault(config: Callable[..., Config], tmp_path: Path) -> None:
    """Nothing is said of it."""
    key_file(tmp_path)
    text = chain(asr="asr.google: {api: v2, credentials: account.json}", tts="tts.google: {credentials: account.json}")
    assert told(config, text) == ""


@pytest.mark.fault("A10")
@pytest.mark.parametrize(("changed", "words"), BROKEN)
def test_a_key_file_that_the_config_names_is_judged_at_its_line(
    config: Callable[..., Config], tmp_path: Path, changed: dict[str, None], words: str
) -> None:
    """It says what is wrong, of both of Google's steps, and nothing of what is in the file."""
    key_file(tmp_path, **changed)
    found = told(
        config, chain(asr="asr.google: {credentials: account.json}", tts="tts.google: {credentials: account.json}")
    )
    assert found.count(words) == 2 and "test.yaml:5:31" in found and "test.yaml:7:31" in found
    assert "canary" not in found


@pytest.mark.fault("A10")
@pytest.mark.parametrize("content", ["", "{", "[]", "\x00", '{"type": "service_account"', "\ud800"])
def test_what_is_no_json_is_said_to_be_none(config: Callable[..., Config], tmp_path: Path, content: str) -> None:
    """An empty file, half of one, a list."""
    (tmp_path / "account.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    assert "is no JSON" in told(config, chain(tts="tts.google: {credentials: account.json}"))


@pytest.mark.fault("A10")
@pytest.mark.parametrize(("changed", "words"), BROKEN)
def test_what_the_environment_names_is_a_warning_at_the_step(
    config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, None], words: str
) -> None:
    """A config is not wrong because of the machine that it is checked on."""
    monkeypatch.setenv(VARIABLES[0], str(key_file(tmp_path, **changed)))
    found = told(config, chain(tts="tts.google"))
    assert found.startswith("7 `credentials` is not set, and the file that GOOGLE_APPLICATION_CREDENTIALS names")
    assert words in found and "canary" not in found


@pytest.mark.fault("A10")
def test_a_file_that_is_not_there(
    config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The name alone is no account; without one, only a machine of Google's has an account."""
    assert "nor is GOOGLE_APPLICATION_CREDENTIALS" in told(config, chain(tts="tts.google"))
    monkeypatch.setenv(VARIABLES[0], str(tmp_path / "nowhere.json"))
    assert "cannot be read" in told(config, chain(asr="asr.google"))
    monkeypatch.delenv(VARIABLES[0])
    monkeypatch.setenv("K_SERVICE", "agent")
    assert told(config, chain(asr="asr.google", tts="tts.google")) == ""


def test_a_stand_in_needs_no_account(config: Callable[..., Config]) -> None:
    """It is asked without credentials."""
    assert told(config, chain(tts="tts.google: {endpoint: 127.0.0.1:9, insecure: true}")) == ""


@pytest.mark.fault("A10")
def test_v2_needs_a_project(config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key file without one is a fault, or a warning if the environment names it; the environment may name both."""
    path = key_file(tmp_path, project_id=None)
    v2 = chain(asr="asr.google: {api: v2, credentials: account.json}")
    assert "`project` is needed by `api: v2`: the key file names none" in told(config, v2)
    assert told(config, v2.replace("v2,", "v2, project: mine,")) == "" == told(config, v2.replace("v2", "v1"))
    monkeypatch.setenv(VARIABLES[0], str(path))
    assert "`project` is needed" in told(config, chain(asr="asr.google: {api: v2}"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "mine")
    assert told(config, chain(asr="asr.google: {api: v2}")) == ""


@pytest.mark.fault("I-1")
def test_the_private_key_is_never_shown(config: Callable[..., Config], tmp_path: Path) -> None:
    """Half of one is a fault, and no line of it is in the words."""
    key_file(tmp_path, private_key=private_key()[:600])
    found = told(config, chain(tts="tts.google: {credentials: account.json}"))
    assert "cannot be read" in found
    assert not [line for line in private_key().split("\n") if line and line in found]


def test_a_check_does_not_load_googles_libraries(tmp_path: Path) -> None:
    """They take a second."""
    path = tmp_path / "agent.yaml"
    key_file(tmp_path)
    path.write_text(chain(asr="asr.google: {credentials: account.json}", tts="tts.google: {credentials: account.json}"))
    code = (
        "import sys; from pipeline.config import load; load(sys.argv[1]);"
        "print([it for it in sys.modules if it.startswith(('google.cloud.', 'google.api', 'grpc', 'openai'))])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def ways(text: str) -> dict[str, str]:
    """The content of a key file, as hosts, shells and files of variables change it."""
    return {
        "plain": text,
        "in quotes": f"'{text}'",
        "escaped quotes": '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"',
        "escaped twice": text.replace("\\n", "\\\\n"),
        "line ends": text.replace("\\n", "\n"),
        "spaces": text.replace("\\n", " "),
        "a mark before it": "\ufeff" + text + "\n",
        "base64": b64encode(text.encode()).decode(),
        "base64 in lines": "\n".join(b64encode(text.encode()).decode()[at : at + 76] for at in range(0, 9999, 76)),
        "base64 for addresses": urlsafe_b64encode(text.encode()).decode().rstrip("="),
    }


@pytest.mark.parametrize("variable", [INLINE, VARIABLES[0]])
@pytest.mark.parametrize("way", ways(""))
def test_a_key_may_stand_in_a_variable(
    config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, way: str
) -> None:
    """Its content is as good as its file, also where a host has changed its line ends."""
    monkeypatch.setenv(variable, ways(key_file(tmp_path).read_text())[way])
    found = told(config, chain(tts="tts.google"))
    assert found == "" if variable == INLINE else f"name it {INLINE}" in found
    step = next(each for each in config(chain(tts="tts.google")).steps if each.word == "tts.google")
    account, project = authorize(step.settings)
    assert (account.service_account_email, project) == ("agent@maximus.iam.gserviceaccount.com", "maximus")


@pytest.mark.fault("A10")
@pytest.mark.parametrize("text", ["{", "canary", "[1]", "{canary: 1}", b64encode(b"canary").decode()])
def test_a_variable_without_a_key_is_named(
    config: Callable[..., Config], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """The fault says which one, and shows none of its value; the agent does not start."""
    monkeypatch.setenv(INLINE, text)
    found = told(config, chain(tts="tts.google"))
    assert f"the key in {INLINE} is no JSON" in found and "canary" not in found
    step = next(each for each in config(chain(tts="tts.google")).steps if each.word == "tts.google")
    with pytest.raises(KavError, match=INLINE) as caught:
        authorize(step.settings)
    assert "canary" not in str(caught.value)


def test_the_key_in_the_variable_goes_before_the_file(
    config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two keys are a warning that says which one counts."""
    monkeypatch.setenv(INLINE, key_file(tmp_path).read_text())
    monkeypatch.setenv(VARIABLES[0], str(tmp_path / "nowhere.json"))
    assert f"comes from {INLINE}, which goes before {VARIABLES[0]}" in told(config, chain(tts="tts.google"))
