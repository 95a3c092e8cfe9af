"""`insert` and `drop`: steps added to a pipeline that a config extends, and steps taken out of it.

Both name steps as they stand once the config's `swap` is done, whatever the order of the keys; steps inserted beside
the same one keep the order in which they are written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import msgspec

from pipeline.config.drafts import Draft, Entry, drafts
from pipeline.config.findings import Findings
from pipeline.config.yaml.nodes import Broken, Mapping, Node, Scalar, Sequence
from pipeline.faults import FaultFound, clipped, did_you_mean

SIDES = ("before", "after")
EXAMPLE = "e.g. `insert: {after: asr, steps: [dedup]}`"

Find = Callable[[Scalar], Draft | None]


class Insertion(msgspec.Struct):
    """Steps to insert beside another one."""

    side: str  # before or after
    anchor: Scalar  # address of the other step
    steps: list[Draft]


def edit(steps: list[Draft], insert: Entry | None, drop: Entry | None, find: Find, findings: Findings) -> bool:
    """Change these steps by a config's `insert` and `drop`; return False if some of it could not be read.

    `find` returns the step of an address, or None after noting a fault.
    """
    faults = len(findings.faults)
    gone = _gone(drop, find, findings)
    placed = [(each, beside) for each in _insertions(insert, findings) if (beside := find(each.anchor)) is not None]
    ends: dict[int, Draft] = {}  # the last of the steps inserted after a step
    for each, beside in placed:
        if any(beside is other for other, _ in gone):
            text = f"`{each.side}: {clipped(each.anchor.text)}` names a step that `drop` takes out"
            findings.fault(each.anchor.at, text, "name one that stays")
            continue
        _put(steps, each, beside, ends)
    for taken, address in gone:
        taken.dropped = address.at
    return len(findings.faults) == faults


def _put(steps: list[Draft], insertion: Insertion, beside: Draft, ends: dict[int, Draft]) -> None:
    for each in insertion.steps:
        each.origin = f"inserted {insertion.side} {beside.word.text}"
    last = ends.get(id(beside), beside) if insertion.side == "after" else beside
    at = next(index for index, each in enumerate(steps) if each is last) + (insertion.side == "after")
    steps[at:at] = insertion.steps
    if insertion.side == "after":
        ends[id(beside)] = insertion.steps[-1]


def _gone(drop: Entry | None, find: Find, findings: Findings) -> list[tuple[Draft, Scalar]]:
    """Return the steps that a `drop` names, each with its address."""
    gone: list[tuple[Draft, Scalar]] = []
    for item in _items(drop, "drop", findings):
        if not isinstance(item, Scalar) or not item.text:
            findings.fault(item.at, "`drop` wants steps, e.g. `dedup` or `dedup[2]`")
        elif (found := find(item)) is not None:
            if any(found is other for other, _ in gone):
                findings.fault(item.at, f"`{clipped(item.text)}` is dropped twice")
            elif found.swapped is not None and found.swapped.file == item.at.file:
                findings.fault(item.at, f"`{clipped(item.text)}` is dropped, and swapped at {found.swapped}")
            gone.append((found, item))
    return gone


def _items(entry: Entry | None, name: str, findings: Findings) -> Collection[Node]:
    if entry is None or isinstance(entry[1], Broken):
        return ()
    if isinstance(entry[1], Sequence):
        return [each for each in entry[1].items if not isinstance(each, Broken)]
    hint = f"write [{entry[1].text}]" if isinstance(entry[1], Scalar) and entry[1].text else ""
    findings.fault(entry[1].at, f"`{name}` wants a list of steps", hint)
    return ()


def _insertions(insert: Entry | None, findings: Findings) -> Iterator[Insertion]:
    if insert is None:
        return
    items = insert[1].items if isinstance(insert[1], Sequence) else (insert[1],)
    for item in items:
        with findings.noting():
            if not isinstance(item, Broken) and (made := _insertion(item, findings)) is not None:
                yield made


def _insertion(node: Node, findings: Findings) -> Insertion | None:
    """Return one item of an `insert`, or None if a step in it is broken; raises FaultFound."""
    if not isinstance(node, Mapping):
        raise FaultFound(node.at, "`insert` wants `before` or `after`, and `steps`", EXAMPLE)
    for key, _ in node.entries:
        if key.text not in (*SIDES, "steps"):
            hint = did_you_mean(key.text, (*SIDES, "steps")) or "it has before, after, steps"
            raise FaultFound(key.at, f"`insert` has no setting `{clipped(key.text)}`", hint)
    given = {key.text: (key, value) for key, value in node.entries}
    sides = [given[side] for side in SIDES if side in given]
    if len(sides) != 1:
        at = sides[1][0].at if sides else node.at
        raise FaultFound(at, "`insert` wants `before` or `after`, one of the two", EXAMPLE)
    if "steps" not in given:
        raise FaultFound(node.at, "`insert` needs `steps`", EXAMPLE)
    (side, anchor), (_, listed) = sides[0], given["steps"]
    if isinstance(anchor, Broken) or isinstance(listed, Broken):
        return None
    if not isinstance(anchor, Scalar) or not anchor.text:
        raise FaultFound(anchor.at, f"`{side.text}` wants a step, e.g. `asr` or `dedup[2]`")
    steps = _steps(listed, findings)
    return Insertion(side.text, anchor, steps) if steps else None


def _steps(node: Node, findings: Findings) -> list[Draft]:
    """Return the steps of an insertion, none if one of them is broken; raises FaultFound."""
    if not isinstance(node, Sequence):
        hint = f"write [{node.text}]" if isinstance(node, Scalar) and node.text else "begin each step with `- `"
        raise FaultFound(node.at, "`steps` wants a list of steps", hint)
    if not node.items:
        raise FaultFound(node.at, "`steps` has no step in it")
    made = drafts(node, findings)
    return made if len(made) == len(node.items) else []
