"""The libraries of the console's pages: their files are those that were published, of the version that is pinned."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
VENDOR = ROOT / "pipeline/console/static/vendor"
PERMITTED = "omit-lockfile-registry-resolved=true"  # leaves the addresses out of the lock


def read(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


LIBRARIES = read(VENDOR / "manifest.json")["libraries"]
PINNED = read(ROOT / "web/package-lock.json")["packages"]


def test_every_file_is_in_the_manifest_with_its_hash() -> None:
    """None was edited, none is missing, and none came by another way."""
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert found == {file: digest for library in LIBRARIES for file, digest in library["sha256"].items()}


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library["name"])
def test_the_version_is_the_pinned_one(library: dict[str, Any]) -> None:
    """As package.json asks for it and package-lock.json pins it, with its licence beside it."""
    name, pinned = library["name"], PINNED[f"node_modules/{library['name']}"]
    assert library["version"] == pinned["version"] == read(ROOT / "web/package.json")["dependencies"][name]
    assert library["license"] == pinned["license"] and f"LICENSE-{name}" in library["sha256"]
    assert set(read(ROOT / "web/package.json")["vendor"][name]) == set(library["sha256"]) - {f"LICENSE-{name}"}


def test_every_package_is_pinned_by_hash_and_no_address_is_named() -> None:
    """Neither in the lock nor in npm's settings."""
    assert all("integrity" in package and "resolved" not in package for name, package in PINNED.items() if name)
    for path in (ROOT / "web").iterdir():
        if path.is_file():
            assert not re.search(r"https?://|registry", path.read_text(encoding="utf-8").replace(PERMITTED, "")), path


def test_what_a_library_imports_is_shipped() -> None:
    """No file imports one that is not there, or one from elsewhere."""
    for path in VENDOR.rglob("*.js"):
        for wanted in re.findall(r"""(?:from|import)\s*["']([^"']+)["']""", path.read_text(encoding="utf-8")):
            assert wanted.startswith(".") and (path.parent / wanted).is_file(), (path, wanted)
