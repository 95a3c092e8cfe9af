"""A caller is known in their second call, and forgotten once their file is deleted."""

from __future__ import annotations

from pathlib import Path

from kav import load
from kav.testing import play, voice

CONFIG = Path(__file__).with_name("caller_memory.yaml")
WORDS = [(1.5, voice(1.0))]


def said(folder: Path, caller: str = "+972500000001") -> list[str]:
    """Return the agent's words in one call of this number."""
    return play(load(CONFIG, set={"caller_memory.folder": str(folder)}), WORDS, 6.0, caller=caller).said()


def test_a_caller_is_remembered_until_forgotten(tmp_path: Path) -> None:
    """The second call begins with the last words of the first; without the file, the third does not."""
    assert said(tmp_path) == ["Good morning."]
    assert said(tmp_path)[0] == "Welcome back. Last time you said: three rooms in Haifa."
    (tmp_path / "972500000001.json").unlink()
    assert said(tmp_path) == ["Good morning."]


def test_a_caller_without_a_number_leaves_nothing(tmp_path: Path) -> None:
    """Nor does any caller if no folder is set."""
    said(tmp_path, "")
    said(tmp_path, "anonymous")
    assert not list(tmp_path.iterdir())


def test_a_broken_file_is_no_memory(tmp_path: Path) -> None:
    """The call goes on, and the file is written anew behind it."""
    (tmp_path / "972500000001.json").write_text("{")
    assert said(tmp_path) == ["Good morning."]
    assert said(tmp_path)[0].startswith("Welcome back.")
