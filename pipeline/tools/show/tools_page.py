"""docs/tools-reference.md: the words of tools and their settings."""

from __future__ import annotations

from pipeline.catalog import spec
from pipeline.tool import ToolSettings
from pipeline.tools.show import tools
from pipeline.tools.show.reference import cell, rows_as_table, table

_HEAD = """\
# The tools

The words that a config may name under `tools`, besides files of Python ([Tools](tools.md) is the introduction).
`make docs` writes this page from the tools' own declarations (`python run.py list --tools`); `python run.py show WORD`
prints one of them.
"""


def page() -> str:
    """Return docs/tools-reference.md. Raises WordError if a tool lacks its package here."""
    kinds = tools.words()
    parts = [_HEAD, "| word | what it does |\n| --- | --- |"]
    parts += [f"| [`{word}`](#{word}) | {cell(spec.doc(kind))} |" for word, kind in kinds.items()]
    parts += ["\n## Settings of all tools", *table(ToolSettings)]
    for word, kind in kinds.items():
        parts += [f"\n## {word}\n\n{spec.doc(kind)}", *rows_as_table(tools.own_settings(kind))]
        parts.append(f"\n```yaml\n- {tools.example(word, kind)}\n```")
    return "\n".join([*parts, ""])
