"""Faults in the order of the steps, told at the `drop` that they follow from."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline import catalog
from pipeline.catalog.plugins import Plugins
from pipeline.catalog.spec import Step
from pipeline.config import step_order
from pipeline.config.drafts import Draft
from pipeline.config.findings import Findings
from pipeline.faults import Fault, Place, WordError


def unfit(drafts: Sequence[Draft], steps: Sequence[Step], own: Plugins, findings: Findings) -> None:
    """Note the faults in the order of the steps, each at the `drop` without which there would be none.

    `drafts` are all steps as written, dropped ones among them; `steps` are those that are left.
    """
    for fault in _faults(steps):
        blamed = _blamed(fault, drafts, steps, own)
        if blamed is None:
            findings.faults.append(fault)
            continue
        text = f"without `{blamed.word.text}`, {fault.text} ({fault.file}:{fault.line})"
        findings.fault(blamed.dropped or blamed.word.at, text, fault.hint)


def _faults(steps: Sequence[Step]) -> list[Fault]:
    noted = Findings()
    step_order.unfit(steps, noted)
    return noted.faults


def _blamed(fault: Fault, drafts: Sequence[Draft], steps: Sequence[Step], own: Plugins) -> Draft | None:
    """Return the dropped step with which this fault would not be there; rather one with which none would be."""
    found = []
    for gone in (each for each in drafts if each.dropped):
        left = _faults(_with(gone, drafts, steps, own))
        if not any((each.file, each.line, each.text) == (fault.file, fault.line, fault.text) for each in left):
            found.append((len(left), gone))
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _with(gone: Draft, drafts: Sequence[Draft], steps: Sequence[Step], own: Plugins) -> list[Step]:
    """Return the steps with this one in its old place; without it if its word is unknown."""
    standing, chain = iter(steps), []
    for each in drafts:
        if each.dropped is None:
            chain.append(next(standing))
        elif each is gone:
            chain += _unread(each, own)
    return chain


def _unread(draft: Draft, own: Plugins) -> list[Step]:
    at: Place = draft.word.at
    try:
        kind = catalog.find(draft.word.text, own)
    except WordError:
        return []
    return [Step(word=draft.word.text, kind=kind, settings=None, file=at.file, line=at.line, column=at.column)]
