"""The measures of the house: layers, circles, sizes and prose; `python -m tests.house.measures` prints them."""

from __future__ import annotations

import ast
import re
import statistics
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("pipeline", "processors", "abilities")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

# who may import whom: a module imports from its own layer and from those before it
LAYERS = [
    ["installation", "vocabulary", "frames", "events", "audio", "settings", "environment", "redaction", "file_stamps"],
    ["text", "tones", "conversation", "memory", "transfer", "terminal"],
    ["log", "loop"],
    ["faults"],
    ["prosody"],
    ["twilio"],
    ["keypad"],
    ["call", "apologies"],
    ["providers", "net"],
    ["processor"],
    ["chain", "routes"],
    ["worker", "catalog", "after_call", "arguments", "tool"],
    ["uses"],
    ["config", "asr", "llm", "tts", "vad", "echo"],
    ["agent"],
    ["records"],
    ["after"],
    ["phone", "server"],
    ["standins", "testing"],
    ["tools", "console"],  # verbs start the console, and its pages show their reports and drawings
    ["cli", "__main__"],
]
RANK = {room: rank for rank, layer in enumerate(LAYERS) for room in layer}
ABOVE_PROCESSORS = ("agent", "chain", "cli", "config", "server", "tools")  # a processor or tool imports none of these

CORE = ("pipeline/*.py", "pipeline/loop/*.py", "pipeline/llm/*.py", "pipeline/tts/*.py", "pipeline/providers/*.py")
RIDDLES = re.compile(r"\b(?:what|who|whoever|whatever|nobody|somebody|whom|whose)\b", re.IGNORECASE)
RIDDLE_START = re.compile(r"(?:What|Whether|Who)\b")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of a file's syntax tree."""
    return tuple(ast.walk(tree(path)))


@cache
def lines(path: Path) -> list[str]:
    """The lines of a file."""
    return path.read_text(encoding="utf-8").split("\n")


def name(path: Path) -> str:
    """The dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports(path: Path) -> set[str]:
    """The modules of the house that a file imports, those for type checkers alone included."""
    known = modules()
    found = set()
    for node in nodes(path):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {each if each in known else node.module for each in inner}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {each for each in found if each in known} - {name(path)}


@cache
def modules() -> dict[str, Path]:
    """Every module of the house by its dotted name."""
    return {name(path): path for path in SOURCES}


def upward(path: Path) -> list[str]:
    """The imports of a file that run back up, to a layer above its own."""
    own = name(path).split(".")
    wanted = sorted(imports(path))
    if own[0] in ("processors", "abilities"):
        return [each for each in wanted if each.startswith("pipeline.") and each.split(".")[1] in ABOVE_PROCESSORS]
    rank = RANK[own[1]] if len(own) > 1 else len(LAYERS)
    return [
        each
        for each in wanted
        if each.startswith(("processors", "abilities")) or RANK.get(each.partition(".")[2].split(".")[0], 0) > rank
    ]


def circles() -> list[list[str]]:
    """The groups of modules that import each other in a loop."""
    arrows = {module: imports(path) for module, path in modules().items()}
    reach = {module: _reach(module, arrows) for module in arrows}
    groups = {tuple(sorted(other for other in reach[module] if module in reach[other])) for module in arrows}
    return [list(group) for group in sorted(groups) if group]


def _reach(module: str, arrows: dict[str, set[str]]) -> set[str]:
    """The modules that can be reached from this one along imports."""
    found: set[str] = set()
    ahead = list(arrows[module])
    while ahead:
        if (each := ahead.pop()) not in found:
            found.add(each)
            ahead += arrows[each]
    return found


@cache
def code_lines(path: Path, node: ast.AST) -> int:
    """The lines of code in a definition: without blank lines, comments and docstrings."""
    told: set[int] = set()
    for each in ast.walk(node):
        first = each.body[0] if isinstance(each, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and first.end_lineno:
            told |= set(range(first.lineno, first.end_lineno + 1))
    text = [lines(path)[at - 1].strip() for at in _span(node) if at not in told]
    return len([line for line in text if line and not line.startswith("#")])


def _span(node: ast.AST) -> range:
    return range(getattr(node, "lineno", 1), getattr(node, "end_lineno", 0) + 1)


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions and methods of a file."""
    return (node for node in nodes(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def classes(path: Path) -> Iterator[ast.ClassDef]:
    """The classes of a file."""
    return (node for node in nodes(path) if isinstance(node, ast.ClassDef))


def docstrings(path: Path) -> Iterator[str]:
    """The docstrings of a file: of the module, its classes, functions and methods."""
    for node in nodes(path):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from filter(None, [ast.get_docstring(node)])


@cache
def comments(path: Path) -> list[tuple[str, bool]]:
    """The comments of a file, each with whether it has a line of its own; instructions to tools do not count."""
    with path.open("rb") as file:
        return [
            (token.string, token.line.strip().startswith("#"))
            for token in tokenize.tokenize(file.readline)
            if token.type == tokenize.COMMENT and not token.string.startswith(("# noqa", "# type:", "# ----"))
        ]


@dataclass(frozen=True)
class Measures:
    """The figures of the house that a test holds."""

    circles: int
    back_arrows: int
    function_median: float  # lines
    function_longest: int  # lines of code
    class_longest: int  # lines of code
    file_median: float  # lines; packages' faces do not count
    file_longest: int
    riddles: float  # words of the family of `RIDDLES`, per 1,000 words of docstrings and comments
    riddle_starts: float  # share of docstrings that begin with What, Whether or Who, percent
    own_comments: float  # comments with a line of their own, per 100 lines of the core rooms


def measure() -> Measures:
    """Measure the house."""
    spans = [len(_span(node)) for path in SOURCES for node in functions(path)]
    told = [text for path in SOURCES for text in docstrings(path)]
    prose = [*told, *(text for path in SOURCES for text, _ in comments(path))]
    words = sum(len(WORD.findall(text)) for text in prose)
    core = [path for pattern in CORE for path in ROOT.glob(pattern)]
    own = sum(alone for path in core for _, alone in comments(path))
    sizes = [len(lines(path)) - 1 for path in SOURCES if path.name != "__init__.py"]
    return Measures(
        circles=len(circles()),
        back_arrows=sum(len(upward(path)) for path in SOURCES),
        function_median=statistics.median(spans),
        function_longest=max(code_lines(path, node) for path in SOURCES for node in functions(path)),
        class_longest=max(code_lines(path, node) for path in SOURCES for node in classes(path)),
        file_median=statistics.median(sizes),
        file_longest=max(sizes),
        riddles=1000 * sum(len(RIDDLES.findall(text)) for text in prose) / words,
        riddle_starts=100 * sum(bool(RIDDLE_START.match(text)) for text in told) / len(told),
        own_comments=100 * own / sum(len(lines(path)) - 1 for path in core),
    )


if __name__ == "__main__":
    for field, value in vars(measure()).items():
        print(
            f"{field.replace('_', ' '):<16} {value:g}"
            if isinstance(value, int)
            else f"{field.replace('_', ' '):<16} {value:.1f}"
        )
