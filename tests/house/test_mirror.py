"""A module's tests are where its name says: those of `pipeline/tts/voice.py` are in `tests/tts/test_voice.py`.

`python -m tests.house.test_mirror` prints the modules that have none, and their share. Exempt are the faces of packages
and declarations: modules in which nothing is decided or repeated.
"""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house.measures import ROOT, SOURCES, tree

FLOOR = 0.77  # of the modules that are not exempt
DECIDES = (ast.If, ast.IfExp, ast.For, ast.While, ast.Try, ast.Match, ast.comprehension)


def is_exempt(path: Path) -> bool:
    """True for the face of a package, and for a module that only declares."""
    return path.name == "__init__.py" or not any(isinstance(node, DECIDES) for node in ast.walk(tree(path)))


def place(path: Path) -> Path:
    """The file in which a module's tests belong: the folders of tests/ are those of pipeline/, and processors/."""
    parts = path.relative_to(ROOT).parts
    return Path(ROOT, "tests", *parts[parts[0] == "pipeline" : -1], f"test_{path.name}")


def mirrored() -> tuple[list[Path], list[Path]]:
    """The modules that are not exempt: those with a test file of their name, and those without."""
    modules = [path for path in SOURCES if not is_exempt(path)]
    return [it for it in modules if place(it).exists()], [it for it in modules if not place(it).exists()]


def test_tests_are_where_the_name_says() -> None:
    """Three modules of four have a test file of their name."""
    found, missing = mirrored()
    assert len(found) >= FLOOR * len(found + missing), [str(path.relative_to(ROOT)) for path in missing]


if __name__ == "__main__":
    found, missing = mirrored()
    for path in missing:
        print(path.relative_to(ROOT))
    share = len(found) / len(found + missing)
    print(f"{len(found)} of {len(found + missing)} modules have a test file of their name: {share:.0%}")
