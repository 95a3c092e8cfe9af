"""The rules of the house, held by tests."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest

from pipeline import catalog
from pipeline.frames import Frame
from tests.house.measures import ROOT, SOURCES, nodes, tree
from tests.kit.each_file import each_file

TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
MEASURED = ROOT / ".coverage"  # of `make coverage`
NAMES = re.compile(r"manager|helper|util|service|handler|(^|_)base(_|$)", re.IGNORECASE)


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
    raised = re.findall(r"raise_up\(([A-Z]\w+)\(", inspect.getsource(inspect.getmodule(kind) or inspect))
    assert set(raised) <= {each.__name__ for each in kind.gives}


@each_file(SOURCES)
def test_names_say_what_things_are(path: Path) -> None:
    """No name hides behind manager, helper, util, base, service or handler."""
    names = [path.stem, *(node.name for node in nodes(path) if isinstance(node, ast.ClassDef))]
    assert not [name for name in names if NAMES.search(name)]


@each_file(SOURCES)
def test_public_docstrings(path: Path) -> None:
    """Every module, public class and public function says in one sentence what it is."""
    module = tree(path)
    if path.name == "__init__.py" and not module.body:
        return
    wanting = [] if ast.get_docstring(module) else ["the module"]
    public = [node for node in module.body if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
    wanting += [node.name for node in public if not node.name.startswith("_") and not ast.get_docstring(node)]
    assert not wanting


@each_file(SOURCES)
def test_everything_is_caught_at_the_one_door(path: Path) -> None:
    """Only the chain's door and the worker do, a task that passes it on, and what imports or runs a user's own code."""
    if path in {
        ROOT / f"pipeline/{name}.py"
        for name in ("chain", "routes", "worker", "providers/fallback", "loop/eager", "catalog/plugins", "uses/running")
    }:
        return
    for node in nodes(path):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            assert not re.search(r"\b(everything|Exception|BaseException)\b", caught), f"line {node.lineno}"


@each_file(TESTS)
def test_tests_are_honest(path: Path) -> None:
    """A test says what it shows, and neither patches what it tests nor sleeps."""
    text = path.read_text(encoding="utf-8")
    if path != Path(__file__):
        assert not re.search(r"unittest\.mock|monkeypatch\.setattr|time\.sleep\(", text)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            assert ast.get_docstring(node), node.name


@each_file(SOURCES)
def test_escape_sequences_are_written_in_one_place(path: Path) -> None:
    """Elsewhere, a colour would come into pipes and files, and stay on terminals that want none."""
    texts = [node.value for node in nodes(path) if isinstance(node, ast.Constant)]
    assert path == ROOT / "pipeline/terminal/paint.py" or not any("\x1b" in it for it in texts if isinstance(it, str))


@each_file(SOURCES)
def test_files_are_text_in_utf_8(path: Path) -> None:
    """Text is read and written with its encoding named: the locale's would fail on the first Hebrew word."""
    assert not [node.lineno for node in nodes(path) if isinstance(node, ast.Call) and _guesses(node)]


def _guesses(call: ast.Call) -> bool:
    """True if a call opens text, or a process's output as text, in the locale's encoding."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    words = {str(it.value) for it in call.args if isinstance(it, ast.Constant)}
    modes = {it for it in words if re.fullmatch("[rwaxbt+]{1,3}", it)}
    opens = name == "open" and bool(modes or (call.args and isinstance(call.func, ast.Name)))
    as_text = any(it.arg == "text" and ast.unparse(it.value) == "True" for it in call.keywords)
    guesses = (opens and "b" not in "".join(modes)) or name == "write_text" or as_text
    guesses = guesses or (name == "read_text" and not call.args)
    return guesses and not any(it.arg == "encoding" for it in call.keywords)


def test_nothing_names_this_machine() -> None:
    """No file names a folder of some machine, or the host of a package registry."""
    hosts = re.compile(r"https?://(pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian)|/(root|home/\w+|work)/")
    for path in [*SOURCES, *TESTS, *ROOT.glob("*.*"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "configs").rglob("*.*")]:
        if path.is_file() and path.suffix not in (".wav", ".png") and path not in (Path(__file__), MEASURED):
            assert not hosts.search(path.read_text(encoding="utf-8")), path


WALL_CLOCK = re.compile(r"(time\.)?time(_ns)?|(datetime\.)?(datetime\.(now|today|utcnow)|date\.today)")
DATED = {  # names of folders, times that are shown, and ages of files: no deadline of a call
    *("pipeline/call.py", "pipeline/phone/webhooks.py", "pipeline/tools/calls/listing.py"),
    *("pipeline/console/console.py", "pipeline/console/feed.py", "processors/llm/openai/prompt.py"),
    *("pipeline/server/expiry.py", "pipeline/records/index_reader.py", "pipeline/records/listing.py"),
    *("pipeline/arguments/moments.py",),
    *("pipeline/after/past_call.py", "pipeline/after/delivery.py", "pipeline/after/courier.py"),
    *("pipeline/server/backlog.py", "pipeline/tools/outbox/listing.py"),
    *("pipeline/records/recorder.py", "pipeline/server/watching/calls.py", "pipeline/server/watching/row.py"),
}


@pytest.mark.fault("G8")
@each_file(SOURCES)
def test_the_wall_clock_ends_nothing(path: Path) -> None:
    """It may jump by an hour; whatever waits, waits by the loop's clock, and other clocks are read for dates alone."""
    called = [ast.unparse(node.func) for node in nodes(path) if isinstance(node, ast.Call)]
    read = [name for name in called if WALL_CLOCK.fullmatch(name)]
    assert not read or path.relative_to(ROOT).as_posix() in DATED, read
