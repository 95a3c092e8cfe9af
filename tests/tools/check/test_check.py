"""`check` says everything that is wrong, and how much of it there is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.faults import UsageError
from pipeline.tools.check.check import check
from tests.kit.configs import GOOD, Write, with_thing


def test_check_says_how_much_it_found(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Clean or not, with a count of the files, and a fault that two configs share only once."""
    write("extends: base.yaml\n", base=GOOD)
    assert check(["x.yaml", "base.yaml"]) == 0
    assert capsys.readouterr().out == "2 files, all clean\n"
    write("extends: base.yaml\n", base=GOOD.replace("14s", "14"))
    assert check(["."]) == 1
    assert capsys.readouterr().out.endswith("2 files, 1 fault\n")


def test_check_speaks_json(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """For editors and for continuous integration."""
    write(GOOD.replace("14s", "14"))
    assert check(["x.yaml"], as_json=True) == 1
    (fault,) = json.loads(capsys.readouterr().out)["faults"]
    assert fault == {
        "file": "x.yaml",
        "line": 8,
        "column": 21,
        "width": 2,
        "severity": "error",
        "text": "`window` wants a duration, e.g. 300ms or 0.48s, got `14`",
        "hint": "its unit is missing: 14s or 14ms",
    }


def test_check_lets_warnings_fail_if_it_is_strict(
    thing: None, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """A secret in a file passes by default."""
    write(with_thing("key: sk-12345678"))
    assert (check(["x.yaml"]), check(["x.yaml"], strict=True)) == (0, 1)
    assert "sk-1234" not in capsys.readouterr().out


def test_check_of_nothing_is_no_success(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """No path, a missing file and an empty folder each say so."""
    write(GOOD)
    Path("empty").mkdir()
    with pytest.raises(UsageError):
        check([])
    assert check(["none.yaml", "empty"]) == 1
    assert capsys.readouterr().out == (
        "empty: has no config in it\n  a config's name ends in .yaml or .yml\n"
        "none.yaml: no such file\n0 files, 2 faults\n"
    )
    assert check(["xx.yaml", "sub/x.yaml", "sub/*.yaml"]) == 1
    assert capsys.readouterr().out == (
        "sub/*.yaml: no file matches\nsub/x.yaml: there is no folder sub\n"
        "xx.yaml: no such file\n  did you mean `x.yaml`?\n0 files, 3 faults\n"
    )


def test_check_takes_patterns(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Quoted, so that the shell leaves them alone; a file that two paths mean is looked at once."""
    write(GOOD)
    Path("sub/deep").mkdir(parents=True)
    Path("sub/deep/y.yaml").write_text(GOOD.replace("14s", "14"))
    assert check(["*.yaml", "x.yaml", "."]) == 1
    assert capsys.readouterr().out.endswith("2 files, 1 fault\n")
    assert check(["**/*.yaml"]) == 1
    assert capsys.readouterr().out.startswith("sub/deep/y.yaml:8:21: ")
    Path("[x].yaml").write_text(GOOD)
    assert check(["[x].yaml"]) == 0


def test_check_warns_of_what_is_ignored(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """PUBLIC_HOST names no address of ours; the warning has the line that a clean config's has, too."""
    write(GOOD.replace("  - dedup\n", '  - dedup\n  - greeting: {text: ""}\n'))
    assert check(["x.yaml"], env={"PUBLIC_HOST": "evil.example"}) == 0
    out = capsys.readouterr().out
    assert out == (
        "PUBLIC_HOST: warning: is ignored: public addresses come from PUBLIC_BASE_URL alone\n  unset it\n"
        "x.yaml:11:22: warning: `text` is blank, so that callers are not greeted\n"
        '    - greeting: {text: ""}\n                       ^^\n1 file, 2 warnings\n'
    )
    assert check(["x.yaml"], strict=True, env={}) == 1


def test_check_leaves_tests_in_a_folder_to_the_test_verb(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """And reads what a caller says as such."""
    write(GOOD)
    Path("x.test.yaml").write_text("tests: []\n")
    Path("call.yaml").write_text("- wait: 1\n")
    assert check(["."]) == 1
    assert "call.yaml:1:9: `wait` wants a duration" in capsys.readouterr().out


def test_a_list_says_which_kind_of_file_it_was_taken_for(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """A pipeline without its key is one fault, not one for each of its steps."""
    write("- twilio_serializer\n- vad.energy: {rms: 210}\n- pacer\n- twilio_sink\n")
    assert check(["x.yaml"]) == 1
    assert capsys.readouterr().out == (
        "x.yaml: is read as a caller's script, because its top is a list, and has no step of one\n"
        "  a config has `pipeline:` above its steps\n1 file, 1 fault\n"
    )


def test_pasted_variables_of_the_server_are_warnings(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Each by its name, without its value; a placeholder that has not the form of a sid is a fault as well."""
    write(GOOD)
    assert check(["x.yaml"], env={"TWILIO_AUTH_TOKEN": '"canary"', "TWILIO_ACCOUNT_SID": "your_account_sid"}) == 1
    out = capsys.readouterr().out
    assert "TWILIO_AUTH_TOKEN: warning: has quotes around it" in out and "canary" not in out
    assert "TWILIO_ACCOUNT_SID: warning: is a placeholder" in out


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PUBLIC_BASE_URL": "nonsense"}, "PUBLIC_BASE_URL: 'nonsense' is not an https address"),
        ({"PUBLIC_BASE_URL": "http://agent.example.com"}, "PUBLIC_BASE_URL: 'http://agent.example.com' is not https"),
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "TWILIO_ACCOUNT_SID: is not an account SID"),
        ({"TWILIO_AUTH_TOKEN": "AC" + "0" * 32}, "TWILIO_AUTH_TOKEN: holds an account SID"),
        ({"PORT": "80a"}, "PORT: '80a' is not a port"),
    ],
)
def test_variables_that_keep_serve_from_starting(
    variables: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is a fault of `check` as well, at its name."""
    assert check(["kav:bench"], env=variables) == 1
    assert said in capsys.readouterr().out


def test_a_token_without_an_address_is_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    """A machine may have a token for `call` alone."""
    assert check(["kav:bench"], env={"TWILIO_AUTH_TOKEN": "0" * 32}) == 0
    assert "TWILIO_AUTH_TOKEN: warning: needs PUBLIC_BASE_URL" in capsys.readouterr().out
