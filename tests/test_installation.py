"""The command that messages name."""

import ast
from pathlib import Path

import pytest

from pipeline import installation

PAGES = ("tools_page.py", "configuration.py", "reference.py")  # the modules that write them


@pytest.mark.parametrize(
    ("started", "named"),
    [
        ("run.py", "python run.py"),
        ("/opt/kav/run.py", "python run.py"),
        ("/usr/bin/kav", "kav"),
        ("C:/Scripts/kav.exe", "kav"),
        ("/opt/kav/__main__.py", "python -m kav"),
        ("/opt/pytest/__main__.py", "python run.py"),
        ("", "python run.py"),
    ],
)
def test_messages_name_the_command_that_started_kav(started: str, named: str) -> None:
    """With the rest after it; a program that uses Kav gets the repository's own here."""
    assert installation.command(script=started) == named
    assert installation.command("check a.yaml", started) == f"{named} check a.yaml"


def test_the_repository_is_not_an_installation() -> None:
    """The configs are beside the package here."""
    assert not installation.INSTALLED and installation.PROCESSORS == "processors"
    assert (installation.FOLDER / "configs/demo.yaml").is_file()


def test_no_message_names_another_command() -> None:
    """Only docstrings and pages of the repository have the repository's command written out."""
    root = Path(__file__).parents[1]
    for path in [*root.glob("pipeline/**/*.py"), *root.glob("processors/**/*.py")]:
        tree = ast.parse(path.read_text())
        prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = [it for it in ast.walk(tree) if isinstance(it, ast.Constant) and id(it) not in prose]
        found = [it.value for it in texts if isinstance(it.value, str) and "run.py " in it.value]
        assert not found or path.name in PAGES, (path, found)
