"""The console's own files: modules that load as they are, and no way by which words could become markup."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from shutil import which

import pytest

STATIC = Path(__file__).parents[2] / "pipeline/console/static"
FILES = sorted(path for path in STATIC.rglob("*") if path.is_file() and "vendor" not in path.relative_to(STATIC).parts)
MODULES = [path for path in FILES if path.suffix == ".js"]
IMPORTED = re.compile(
    r"""^import\b[^;"'`]*["']([^"']+)["']|^export\b[^;"'`(=]*\bfrom\s*["']([^"']+)["']|\bimport\(\s*["'`]([^"'`]+)["'`]""",
    re.MULTILINE,
)
MARKUP = (  # each would make markup, script or style of text, or be refused by the pages' policy
    r"innerHTML|outerHTML|insertAdjacentHTML|unsafe(HTML|SVG|Static)|DOMParser|document\.write|\.html\(|srcdoc",
    r"\beval\(|new Function|setTimeout\(\s*[\"'`]|javascript:",
    r"\sstyle=|setAttribute\(\s*[\"']style|<style|\son[a-z]+=[\"']",
    r"\b(https?|wss?):\/\/(?!\$\{)|[\"'(]\/\/[a-z]",
)


def name(path: Path) -> str:
    """The address of a file below /static."""
    return path.relative_to(STATIC).as_posix()


def code(path: Path) -> str:
    """A file's text without comments; nor has it the namespace of SVG, which is a name and not an address."""
    text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    return re.sub(r"^\s*(//.*$|/\*[^*]*(\*[^*/]+)*\*/)", "", text, flags=re.MULTILINE)


@pytest.mark.fault("I-4")
@pytest.mark.parametrize("path", FILES, ids=name)
def test_words_stay_words(path: Path) -> None:
    """No file has a sink for markup, an inline style or handler, or an address elsewhere."""
    found = [match for pattern in MARKUP if (match := re.search(pattern, code(path)))]
    assert not found


@pytest.mark.parametrize(
    "text",
    [
        'it.innerHTML = "<b>"', "html`<p style=${it}>`", '<p style="color: red">', '<button onclick="go()">',
        'fetch("https://example.org")', 'import "//example.org/it.js"', "new WebSocket('ws://example.org')",
        "new DOMParser()", "unsafeHTML(words)", 'setTimeout("go()", 5)',
    ],
)  # fmt: skip
def test_each_way_is_found(text: str) -> None:
    """The patterns find the ways that they are meant for."""
    assert any(re.search(pattern, text) for pattern in MARKUP)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_are_shipped(path: Path) -> None:
    """A module imports its neighbours by relative addresses, and each of them is there."""
    for wanted in map("".join, IMPORTED.findall(code(path))):
        assert wanted.startswith(".") and ("${" in wanted or (path.parent / wanted).is_file()), wanted


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_are_javascript(path: Path) -> None:
    """Node reads each as a module, if it is installed; the tests in a browser load them all."""
    if (node := which("node")) is None:
        pytest.skip("node is not installed")
    checked = [node, "--check", "--input-type=module"]
    done = subprocess.run(checked, input=path.read_bytes(), capture_output=True, timeout=60)
    assert not done.returncode, done.stderr.decode()


def test_files_are_where_they_are_asked_for() -> None:
    """What the page, its styles and its modules name below /static is there."""
    for path in FILES:
        for wanted in re.findall(r"/static/([\w./-]+\.\w+)", code(path)):
            assert (STATIC / wanted).is_file(), f"{name(path)} asks for {wanted}"
