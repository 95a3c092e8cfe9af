"""The settings' own rules, run once all fields are read: faults that span fields, lacks and doubts."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dict
from itertools import pairwise
from typing import Any

from pipeline.catalog.kept_frames import kept_frames
from pipeline.catalog.secret_uses import masked_uses
from pipeline.catalog.spec import Step
from pipeline.config.findings import Findings
from pipeline.config.yaml.nodes import Mapping, Node, Scalar, Sequence
from pipeline.config.yaml.variables import defaults
from pipeline.faults import Place, clipped
from pipeline.worker import Worker

_PART = re.compile(r"[^.\[\]]+")
_NAME = re.compile(r"`(\w+)`")
_FAILURES = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, OSError)  # of a plug-in's rules


def hold(made: Any, nodes: Dict[str, Node], at: Place, findings: Findings, language: str = "") -> bool:
    """True if the rules of a Struct hold; notes its faults and warnings.

    `nodes` are its written fields, `at` is its own place; `language` is the call's, blank if it is not known.
    """
    before = len(findings.faults)
    try:
        for path, text in (*_say(made, "faults"), *_say(made, "faults_in", language)):
            place = place_of(path, nodes) or place_of(next(iter(_named(text, nodes)), ""), nodes)
            left = ", left at its default," if place and _PART.findall(path)[0] not in nodes else ""
            findings.fault(place or at, f"`{path}`{left} {text}" if path else text, _variables(path, text, nodes))
        sound = len(findings.faults) == before
        # Doubts about settings with a fault would be noise: the fault has to be mended first.
        doubts = [*_say(made, "doubts"), *_say(made, "doubts_in", language)] if sound else []
        written = [each for each in doubts if not _left_blank(made, nodes, each[0])]
        for path, text in (*_say(made, "lacks"), *written):
            findings.warn(place_of(path, nodes) or at, f"`{path}` {text}" if path else text)
    except _FAILURES as error:
        findings.fault(at, f"the rules of this step failed: {clipped(f'{type(error).__name__}: {error}', 120)}")
    return len(findings.faults) == before


def reached(step: Step, findings: Findings) -> None:
    """Warn of a step's fallbacks that can never be used, because the one before them cannot fail."""
    spares = [each for each in getattr(step.settings, "fallback", ()) if isinstance(each, Step)]
    for before, each in pairwise((step, *spares)):
        kind = before.kind
        if before.settings is not None and issubclass(kind, Worker) and not kind.fails(before.settings):
            findings.warn(each.place, f"`{each.word}` is never used: `{before.word}`, before it, cannot fail")


def masked(step: Step, findings: Findings) -> None:
    """Warn of a plug-in's step that makes a secret into text, and so sends `•••` in its place."""
    for use in masked_uses(step.kind):
        text = f"`{step.word}` makes the secret `{use.field}` into text, in {use.file}:{use.line}, which gives •••"
        findings.warn(step.place, text, f"a request needs `{use.field}.reveal()`")


def kept(step: Step, findings: Findings) -> None:
    """Warn of a plug-in's step with a handler that never pushes its frame on."""
    for it in kept_frames(step.kind):
        text = f"`{step.word}` takes {it.frame} and passes nothing on: `{it.handler}` never pushes, {it.file}:{it.line}"
        findings.warn(step.place, text, f"end it with `self.push(frame)`, or say `holds = ({it.frame},)`")


def _say(made: Any, what: str, *known: str) -> list[tuple[str, str]]:
    """Return the answer of one of its rules; none if it has no such rule, or if what the rule needs is not known."""
    return list(getattr(made, what)(*known)) if hasattr(made, what) and all(known) else []


def _named(text: str, nodes: Dict[str, Node]) -> list[str]:
    """Return the written fields that a message names."""
    return [name for name in _NAME.findall(text) if name in nodes]


def _variables(path: str, text: str, nodes: Dict[str, Node]) -> str:
    """Return the hint with the variables that the fields of a message come from; blank if there are none."""
    fields = dict.fromkeys([*_PART.findall(path)[:1], *_named(text, nodes)])
    found = [(each, defaults(nodes[each])) for each in fields if each in nodes]
    return ", ".join(f"`{field}` comes from {' and '.join(variables)}" for field, variables in found if variables)


def _left_blank(made: Any, nodes: Dict[str, Node], path: str) -> bool:
    """True if an environment variable left this field blank: other deployments may fill it, so it is not doubtful."""
    node = nodes.get(path)
    return isinstance(node, Scalar) and "${" in node.text and not str(getattr(made, path)).strip()


def place_of(path: str, nodes: Dict[str, Node]) -> Place | None:
    """Return the place of `intents[3].hear`, or of its innermost part that is written; None if no part is."""
    first, *rest = _PART.findall(path) or [""]
    node = nodes.get(first)
    place = None if node is None else node.at
    for part in rest:
        node = _inner(node, part)
        place = place if node is None else node.at
    return place


def _inner(node: Node | None, part: str) -> Node | None:
    if isinstance(node, Sequence) and part.isdecimal() and 0 < int(part) <= len(node.items):
        return node.items[int(part) - 1]
    if isinstance(node, Mapping):
        return next((value for key, value in node.entries if key.text == part), None)
    return None
