"""Handlers of a plug-in that take a frame and never push: the frame ends there, and all below wait for it."""

from __future__ import annotations

import ast
from typing import NamedTuple

from pipeline.catalog.plugins import source
from pipeline.frames import Frame
from pipeline.processor import Processor


class Kept(NamedTuple):
    """A frame that a class takes and seems to keep: the handler's name, its file and line."""

    frame: str
    handler: str
    file: str
    line: int


def kept_frames(kind: type[Processor]) -> list[Kept]:
    """Return the frames with a handler that neither pushes nor calls another method, unless `holds` names them."""
    taken = {frame: name for frame, name in kind.handlers.items() if issubclass(frame, Frame)}
    found = source(kind)
    if found is None or not taken:
        return []
    file, text = found
    methods = _methods(ast.parse(text), kind.__name__)
    return [
        Kept(frame.__name__, name, file, methods[name].lineno)
        for frame, name in taken.items()
        if name in methods and not issubclass(frame, kind.holds) and not _goes_on(methods[name])
    ]


def _methods(tree: ast.Module, name: str) -> dict[str, ast.FunctionDef]:
    found = [each for each in ast.walk(tree) if isinstance(each, ast.ClassDef) and each.name == name]
    return {each.name: each for one in found[:1] for each in one.body if isinstance(each, ast.FunctionDef)}


def _goes_on(method: ast.FunctionDef) -> bool:
    """True if a method may push: it names `push`, or calls a method of its own or of its base."""
    for node in ast.walk(method):
        if isinstance(node, ast.Attribute) and node.attr == "push":
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_own(node.func.value):
            return True
    return False


def _is_own(node: ast.expr) -> bool:
    of_base = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    return of_base or (isinstance(node, ast.Name) and node.id == "self")
