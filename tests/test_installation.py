"""The command that messages name."""

import pytest

from pipeline import installation


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
def test_messages_name_the_command_that_started_kav(monkeypatch: pytest.MonkeyPatch, started: str, named: str) -> None:
    """With the rest after it; a program that uses Kav gets the repository's own here."""
    monkeypatch.setattr("sys.argv", [started])
    assert installation.command() == named
    assert installation.command("check a.yaml") == f"{named} check a.yaml"


def test_the_repository_is_not_an_installation() -> None:
    """The configs are beside the package here."""
    assert not installation.INSTALLED and installation.PROCESSORS == "processors"
    assert (installation.FOLDER / "configs/demo.yaml").is_file()
