"""The hash of what a config means."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import load
from tests.kit.configs import GOOD, Write, with_thing


def test_the_hash_is_of_what_a_config_means(thing: None, write: Write, tmp_path: Path) -> None:
    """Comments and places change nothing; a value, a secret and a file's content do."""
    first = load(write(GOOD)).hash
    assert load(write("# a comment\n" + GOOD.replace("14s", "14000ms"))).hash == first
    assert load(write(GOOD), env={"VAD_RMS": "211"}).hash != first
    assert len(first) == 12
    path = write(with_thing('{key: "${KEY}", file: f.txt}'))
    hashes = set()
    for key, content in (("a", "1"), ("b", "1"), ("a", "2")):
        (tmp_path / "f.txt").write_text(content)
        hashes.add(load(path, env={"KEY": key}).hash)
    assert len(hashes) == 3
