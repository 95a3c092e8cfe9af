"""The rules of the house, held by tests."""

from __future__ import annotations

import ast
import inspect
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import catalog
from pipeline.frames import Frame

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("pipeline", "processors") for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
NAMES = re.compile(r"manager|helper|util|service|handler|(^|_)base(_|$)", re.IGNORECASE)

# who may import whom: a module imports from its own layer and from those before it
LAYERS = [
    ["frames", "audio", "settings", "stamps", "text", "log", "loop"],
    ["faults"],
    ["twilio"],
    ["call"],
    ["processor"],
    ["chain"],
    ["providers"],
    ["worker", "catalog"],
    ["config", "asr", "llm", "tts", "vad"],
    ["agent"],
    ["records"],
    ["phone", "server"],
    ["standins", "testing"],
    ["tools"],
    ["cli"],
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(module: ast.Module) -> Iterator[str]:
    """The modules that are imported when this one is; what only a type checker imports does not count."""
    for node in ast.walk(module):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def room(dotted: str) -> str:
    return dotted.split(".")[1]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    """A module imports from its own layer and from those below, and the framework nothing from the processors."""
    own = path.relative_to(ROOT).with_suffix("").parts
    wanted = [name for name in imports(tree(path)) if name.startswith(("pipeline.", "processors."))]
    if own[0] == "processors":
        assert not [name for name in wanted if room(name) in ("server", "tools", "cli", "agent", "chain", "config")]
        return
    assert not [name for name in wanted if name.startswith("processors.")]
    if len(own) > 1 and own[1] != "__init__":
        assert not [name for name in wanted if RANK[room(name)] > RANK[own[1]]]


def code(node: ast.AST, lines: list[str]) -> int:
    """How many lines of code a node has: what is blank, a comment or a docstring does not count."""
    told = set()
    for each in ast.walk(node):
        first = each.body[0] if isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and first.end_lineno:
            told |= set(range(first.lineno, first.end_lineno + 1))
    span = range(getattr(node, "lineno", 1), getattr(node, "end_lineno", 0) + 1)
    return len(
        [at for at in span if at not in told and lines[at - 1].strip().lstrip("#") == lines[at - 1].strip() != ""]
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sizes(path: Path) -> None:
    """Files stay within 300 lines, classes within 120 of code and functions within 25."""
    lines = path.read_text(encoding="utf-8").split("\n")
    assert len(lines) <= 300
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            assert code(node, lines) <= 120, node.name
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert code(node, lines) <= 26, node.name


def test_functions_are_short() -> None:
    """Half of all functions have eight lines or fewer."""
    lengths = [
        node.end_lineno - node.lineno + 1
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    ]
    assert statistics.median(lengths) <= 8


@pytest.mark.parametrize("word", catalog.words())
def test_handlers_do_not_wait(word: str) -> None:
    """Every handler is a `def`: a frame crosses the chain in one go."""
    kind = catalog.find(word)
    assert kind.handlers
    for name in kind.handlers.values():
        assert not inspect.iscoroutinefunction(getattr(kind, name)), name


@pytest.mark.parametrize("word", catalog.words())
def test_what_is_held_is_taken(word: str) -> None:
    """What a processor says it does not pass on, it takes; and it explains itself in one sentence."""
    kind = catalog.find(word)
    assert set(kind.holds) <= set(kind.handlers)
    assert all(issubclass(frame, Frame) for frame in kind.holds)
    assert (kind.__doc__ or "").split("\n")[0].endswith(".")


@pytest.mark.parametrize("word", catalog.words())
def test_what_is_raised_is_declared(word: str) -> None:
    """A processor's `gives` has every control that its file raises: the graph and the reference show no other."""
    kind = catalog.find(word)
    raised = re.findall(r"raise_up\((\w+)\(", inspect.getsource(inspect.getmodule(kind) or inspect))
    assert set(raised) <= {each.__name__ for each in kind.gives}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_say_what_things_are(path: Path) -> None:
    """No name hides behind manager, helper, util, base, service or handler."""
    names = [path.stem, *(node.name for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef))]
    assert not [name for name in names if NAMES.search(name)]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_public_docstrings(path: Path) -> None:
    """Every module, public class and public function says in one sentence what it is."""
    module = tree(path)
    if path.name == "__init__.py" and not module.body:
        return
    wanting = [] if ast.get_docstring(module) else ["the module"]
    public = [node for node in module.body if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
    wanting += [node.name for node in public if not node.name.startswith("_") and not ast.get_docstring(node)]
    assert not wanting


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_everything_is_caught_at_the_one_door(path: Path) -> None:
    """Only the chain's door and the worker do, a task that passes it on, and what imports a user's own code."""
    if path in {ROOT / f"pipeline/{name}.py" for name in ("chain", "worker", "loop/eager", "catalog/plugins")}:
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            assert not re.search(r"\b(everything|Exception|BaseException)\b", caught), f"line {node.lineno}"


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_tests_are_honest(path: Path) -> None:
    """A test says what it shows, and neither patches what it tests nor sleeps."""
    text = path.read_text(encoding="utf-8")
    if path != Path(__file__):
        assert not re.search(r"unittest\.mock|monkeypatch\.setattr|time\.sleep\(", text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            assert ast.get_docstring(node), node.name


def test_nothing_names_this_machine() -> None:
    """No file names a folder of some machine, or the host of a package registry."""
    hosts = re.compile(r"https?://(pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian)|/(root|home/\w+|work)/")
    for path in [*SOURCES, *TESTS, *ROOT.glob("*.*"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "configs").rglob("*.*")]:
        if path.is_file() and path.suffix not in (".wav", ".png") and path != Path(__file__):
            assert not hosts.search(path.read_text(encoding="utf-8")), path
