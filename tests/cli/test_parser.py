"""The parser suggests the word that was meant, and its help says all that is needed to begin."""

from __future__ import annotations

import io
import re
import tomllib
from contextlib import redirect_stderr, redirect_stdout

import pytest

from pipeline import cli
from pipeline.cli.parser import EXTRAS, version
from pipeline.tools.verb import EXIT_CODES
from tests.kit.terminals import ROOT, kav_at_terminal

VERBS = [verb.name for group in cli.verbs().values() for verb in group]


def ran(*arguments: str) -> tuple[int, str]:
    """The exit code of a command line that does not get past the parser, and all of its output."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(out), pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert isinstance(end.value.code, int)
    return end.value.code, out.getvalue()


WRONG = {
    ("chek", "configs"): ("usage: run.py [-h]", "there is no verb `chek`; did you mean `check`?"),
    ("wat",): ("usage: run.py [-h]", "there is no verb `wat`; run.py --help lists them"),
    ("--verison",): ("usage: run.py [-h]", "arguments: --verison; did you mean `--version`?"),
    ("check", "--strct", "configs"): ("usage: run.py check", "arguments: --strct; did you mean `--strict`?"),
    ("check", "--strct"): ("usage: run.py check", "arguments: --strct; did you mean `--strict`?"),
    ("serve", "x.yaml", "--prot=80"): ("usage: run.py serve", "arguments: --prot=80; did you mean `--port`?"),
    ("serve", "x.yaml", "--log-level", "debug"): ("usage: run.py serve", "did you mean `DEBUG`?"),
    ("go", "x.yaml", "--step", "9"): ("usage: run.py go", "invalid choice: `9`; choose from 1, 2, 3, 4\n"),
    ("--json", "check", "x.yaml"): ("usage: run.py check", "arguments: --json; --json belongs behind the verb"),
    ("list", "a.yaml", "b.yaml"): ("usage: run.py list", "arguments: b.yaml\n"),
    ("call",): ("usage: run.py call", "required: target"),
    ("check", "x\x1b[2J", "--\x1b[2J"): ("usage: run.py check", "arguments: --\ufffd[2J\n"),
}


@pytest.mark.parametrize("arguments", WRONG)
def test_wrong_use_is_answered_by_the_word_that_was_meant(arguments: tuple[str, ...]) -> None:
    """With the usage of the verb in question, and exit code 2."""
    code, output = ran(*arguments)
    usage, words = WRONG[arguments]
    assert code == 2 and output.startswith(usage) and words in output


def test_an_option_may_be_shortened_and_a_text_may_begin_with_dashes() -> None:
    """What argparse takes is taken: the beginning of an option, anything behind `--`, a text with a space."""
    assert "required: path" in ran("check", "--js")[1]
    assert "no such file" in ran("show", "--", "--wat")[1] or "no processor" in ran("show", "--", "--wat")[1]


def test_no_arguments_show_the_help() -> None:
    """On the standard error, with exit code 2."""
    code, output = ran()
    assert code == 2 and output == ran("--help")[1]


def test_the_help_names_verbs_in_groups_and_exit_codes() -> None:
    """Each verb on one line of at most 100 columns; `--help` of each has an example and the exit codes."""
    told = ran("--help")[1]
    assert all(f"\n{group}:\n  " in told for group in cli.GROUPS) and EXIT_CODES in told
    assert max(map(len, told.split("\n"))) <= 100


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb(verb: str) -> None:
    """An example that names the verb, and the exit codes."""
    code, told = ran(verb, "--help")
    assert code == 0 and f"\nexample:\n  python run.py {verb}" in told and EXIT_CODES in told


def test_outputs_have_one_name() -> None:
    """Every verb that writes a file of its own takes `--out`, and every change of a setting is `--set`."""
    told = {verb: ran(verb, "--help")[1] for verb in VERBS}
    for verb in ("call", "demo", "report", "label", "new", "schema", "replay", "tune", "learn", "graph"):
        assert "  --out" in told[verb], verb
    for verb in ("serve", "call", "demo", "print", "graph", "replay", "storm", "go"):
        assert "  --set" in told[verb], verb


def test_the_version_names_python_and_every_extra() -> None:
    """Those of pyproject.toml that are for users, and not made of others."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(EXTRAS) == {name for name, needs in declared.items() if not needs[0].startswith("kav[")}
    kav, python, extras = version().split("\n")
    assert re.fullmatch(r"Kav \d+\.\d+\.\d+", kav) and re.match(r"Python 3\.\d+\.\d+", python)
    assert all(f"{extra} installed" in extras or f"{extra} not installed" in extras for extra in EXTRAS)


def test_help_and_errors_are_coloured_on_a_terminal() -> None:
    """Headings bold, the error red; the words are those of a pipe."""
    shown = kav_at_terminal("--help", COLUMNS="80")
    assert "\x1b[1musage:\x1b[0m" in shown.output and "\x1b[1mconfigure:\x1b[0m" in shown.output
    assert "\x1b[31mrun.py: error: there is no verb `chek`" in kav_at_terminal("chek").output
