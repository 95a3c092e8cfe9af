"""A config's file is replaced as a whole or not at all, and what is not edited of it stays."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pipeline.config.yaml.tree import MAX_BYTES
from pipeline.console.config_file import Changed, as_in, content, digest, obstacle, replace

ROOT = Path(__file__).parents[2]
BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    ("old", "typed", "new"),
    [
        (b"a\nb\n", "a\nc\n", b"a\nc\n"),
        (b"a\nb", "a\nb", b"a\nb"),
        (b"a\nb", "a\nb\n", b"a\nb\n"),
        (b"a\r\nb\r\n", "a\nb\nc\n", b"a\r\nb\r\nc\r\n"),
        (b"a\r\nb", "a\nb", b"a\r\nb"),
        (b"a\r\nb", "a\nb\nc", b"a\r\nb\r\nc"),
        (b"a\r\nb", "x\na\nb", b"x\r\na\r\nb"),
        (b"a\r\nb\r\n", "a", b"a"),
        (b"a\r\nb\r\n", "", b""),
        (b"a\rb\r", "a\nx\nb\n", b"a\rx\rb\r"),
        (b"a\nb\r\nc\nd\n", "a\nb\nX\nd\n", b"a\nb\r\nX\nd\n"),
        (b"a\r\nb\nc\r\n", "a\nnew\nb\nc\n", b"a\r\nnew\r\nb\nc\r\n"),
        (b"a\r\nb\r\n", "a\r\nc\n", b"a\r\nc\n"),
        (BOM + b"a\n", "b\n", BOM + b"b\n"),
        (BOM + b"a\r\n", "\ufeffa\nb\n", BOM + b"a\r\nb\r\n"),
        (b"a\n", "שלום 👍\n", "שלום 👍\n".encode()),
        (b"a\xff\r\n", "a\n", b"a\r\n"),
        (b"a\r\na\r\na\r\n", "a\na\n", b"a\r\na\r\n"),
    ],
)
def test_line_ends_stay(old: bytes, typed: str, new: bytes) -> None:
    """A browser's text gets back the line ends, the last line without one and the mark that the file has."""
    assert as_in(old, typed) == new


def test_a_file_is_replaced(tmp_path: Path) -> None:
    """Its mode stays, a link to it stays a link, and no other file is left."""
    path, link = tmp_path / "a.yaml", tmp_path / "link.yaml"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to("a.yaml")
    replace(link, b"new", digest(b"old"))
    assert path.read_bytes() == b"new" and link.is_symlink() and stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(it.name for it in tmp_path.iterdir()) == ["a.yaml", "link.yaml"]


def test_another_file_is_not_replaced(tmp_path: Path) -> None:
    """One that was changed meanwhile stays, its content is told, and no other file is left."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"theirs")
    with pytest.raises(Changed) as changed:
        replace(path, b"mine", digest(b"old"))
    assert changed.value.content == path.read_bytes() == b"theirs"
    assert [it.name for it in tmp_path.iterdir()] == ["a.yaml"]


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    """The error of the system is raised, for the page to say it."""
    with pytest.raises(FileNotFoundError):
        replace(tmp_path / "no/a.yaml", b"", digest(b""))


def test_no_more_is_read_than_a_config_may_have(tmp_path: Path) -> None:
    """A huge file is not read whole, and a pipe not at all."""
    path, pipe = tmp_path / "a.yaml", tmp_path / "pipe"
    path.write_bytes(b"#" * (2 * MAX_BYTES))
    assert len(content(path)) == MAX_BYTES + 1
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="no plain file"):
        content(pipe)


def test_the_configs_of_the_repository_are_the_users_own() -> None:
    """Only in an installation do they come with Kav."""
    assert obstacle(ROOT / "configs/demo.yaml", [ROOT / "configs"]) == ("", "")


def test_a_link_out_of_the_folders_is_named(tmp_path: Path) -> None:
    """The reason has both ends of the link; the folder of another config is allowed."""
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "out/a.yaml").write_bytes(b"")
    (tmp_path / "in/a.yaml").symlink_to(tmp_path / "out/a.yaml")
    reason, advice = obstacle(tmp_path / "in/a.yaml", [tmp_path / "in"])
    assert str(tmp_path / "out/a.yaml") in reason and advice
    assert obstacle(tmp_path / "in/a.yaml", [tmp_path / "in", tmp_path / "out"]) == ("", "")
    os.symlink(tmp_path / "out", tmp_path / "way", target_is_directory=True)  # noqa: PTH211 - a folder's link
    assert obstacle(tmp_path / "way/a.yaml", [tmp_path / "way"]) == ("", "")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write any file")
def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    """A file that is protected is not replaced, though its folder would let it be."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"")
    path.chmod(0o444)
    assert "cannot be written" in obstacle(path, [tmp_path])[0]
