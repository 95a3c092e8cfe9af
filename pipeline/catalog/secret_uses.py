"""Secrets in the source of a plug-in that are made into text, where they give `•••` instead of the key."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from pipeline.catalog import spec
from pipeline.catalog.plugins import source
from pipeline.processor import Processor

LOGGING = ("print", "trace", "debug", "info", "success", "warning", "error", "critical", "exception", "log")


class Use(NamedTuple):
    """A place in a plug-in's source where a secret is made into text: its file, line, and the name of the setting."""

    file: str
    line: int
    field: str


def masked_uses(kind: type[Processor]) -> list[Use]:
    """Return the places in a class's module where `str`, an f-string, `format` or `%` mask one of its secrets.

    Logging and exceptions are left out, where the mask is wanted. Other modules of a package are not searched.
    """
    secrets = frozenset(field.name for field in spec.fields(kind.Settings) if field.secret)
    found = source(kind) if secrets else None
    if found is None:
        return []
    file, text = found
    tree = ast.parse(text)
    search = _Search(secrets, tree)
    return [Use(file, line, field) for line, field in dict.fromkeys(search.within(tree))]


class _Search:
    """Searches a tree for secrets, also under the local names that they are given."""

    def __init__(self, secrets: frozenset[str], tree: ast.Module) -> None:
        self._secrets = secrets
        self._settings = {"settings"}
        self._names: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(target := node.targets[0], ast.Name):
                self._learn(target.id, node.value)

    def _learn(self, name: str, value: ast.expr) -> None:
        if isinstance(value, ast.Attribute) and value.attr == "settings":
            self._settings.add(name)
        elif field := self._secret(value):
            self._names[name] = field

    def within(self, node: ast.AST) -> Iterator[tuple[int, str]]:
        """Yield the line and the setting of each secret that is made into text below this node."""
        if isinstance(node, ast.Raise | ast.Assert) or (isinstance(node, ast.Call) and _name(node.func) in LOGGING):
            return
        for each in _made_into_text(node):
            if field := self._secret(each):
                yield each.lineno, field
        for child in ast.iter_child_nodes(node):
            yield from self.within(child)

    def _secret(self, node: ast.expr) -> str:
        """Return the name of the setting if this is a secret of the settings; blank if it is none."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id, "")
        of_settings = isinstance(node, ast.Attribute) and _name(node.value) in self._settings
        return node.attr if of_settings and isinstance(node, ast.Attribute) and node.attr in self._secrets else ""


def _made_into_text(node: ast.AST) -> list[ast.expr]:
    """Return the expressions that this node makes into text."""
    if isinstance(node, ast.FormattedValue):
        return [node.value]
    if isinstance(node, ast.Call) and _name(node.func) in ("str", "format"):
        return [*node.args, *(each.value for each in node.keywords)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
    return []


def _name(node: ast.expr) -> str:
    """Return the last name of an expression such as `self.settings`; blank for any other."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
