"""Nodes, and where they stand."""

from __future__ import annotations

from pipeline.config.findings import Findings
from pipeline.config.yaml.nodes import Broken, Mapping, Scalar, Sequence, from_python
from pipeline.config.yaml.scalars import core
from pipeline.config.yaml.tree import parse


def test_every_node_knows_its_line_its_column_and_its_width() -> None:
    """Places count from 1, in characters, whatever the line ends with and whatever stands before."""
    findings = Findings()
    root = parse("\n# note\r\nשלום: [a, 'bc']\rx: y\n", "x.yaml", findings)
    assert isinstance(root, Mapping)
    (hello, items), (key, _) = root.entries
    assert isinstance(items, Sequence)
    places = [(node.at.line, node.at.column, node.at.width) for node in (hello, items, *items.items, key)]
    assert places == [(3, 1, 4), (3, 7, 9), (3, 8, 1), (3, 11, 4), (4, 1, 1)]
    assert not findings.faults


def test_what_is_broken_stays_in_the_tree_as_broken() -> None:
    """A tagged value keeps its key, so that nobody misses it a second time."""
    root = parse("a: !x 1\n", "x.yaml", Findings())
    assert isinstance(root, Mapping)
    assert isinstance(root.entries[0][1], Broken)


def test_python_data_makes_the_same_tree() -> None:
    """Data of a test stands for the YAML that one would have written."""
    findings = Findings()
    root = parse('{a: [1, true, "1", null]}', "x", findings)
    at = root.at if root else None
    assert at is not None

    def bare(node: object) -> object:
        if isinstance(node, Mapping):
            return {key.text: bare(value) for key, value in node.entries}
        if isinstance(node, Sequence):
            return [bare(each) for each in node.items]
        assert isinstance(node, Scalar)
        return core(node.text) if node.plain else node.text

    assert bare(from_python({"a": [1, True, "1", None]}, at)) == bare(root) == {"a": [1, True, "1", None]}
