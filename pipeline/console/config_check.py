"""The check of a config's text as if it stood in its file, for a page that shows the faults while the text is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pipeline.config import Config
from pipeline.config.findings import Findings
from pipeline.config.several_configs import clash
from pipeline.config.yaml.tree import parse_content
from pipeline.console.config_file import LINE_END
from pipeline.environment.variables import process_environment
from pipeline.faults import Fault
from pipeline.tools.check.check import judged


class Checked(NamedTuple):
    """A text that was checked.

    `faults` are its faults and warnings as JSON data, `config` is the config that it makes, None if it cannot be used,
    and `shown` is the text with the secrets that were found in it masked.
    """

    faults: list[dict[str, Any]]
    config: Config | None
    shown: str

    @property
    def clean(self) -> bool:
        """True if there is no fault; there may be warnings."""
        return all(each["severity"] == "warning" for each in self.faults)


def checked(
    served: Config, data: bytes, others: Sequence[Config] = (), changes: Sequence[str] = (), run_plugins: bool = False
) -> Checked:
    """Check the content of a served config's file as `check` does, together with the other configs that are served.

    `changes` are as `--set` has them. The content need not be in the file. Without `run_plugins` no code of a plug-in
    is run, and steps that would need it are named in a warning.
    """
    name, findings = str(served.path), Findings()
    root = parse_content(data, name, findings)
    config = None
    if root is not None:
        config = judged(served.path, root, findings, process_environment(), changes, run_plugins)
    if config is not None:
        clash([*others, config], findings)
    # Masked lines have other lengths in UTF-16, so columns are counted in the text itself.
    lines = LINE_END.split(data.decode("utf-8-sig", "replace"))
    faults = [_json(each, lines, name) for each in sorted({*findings.faults, *findings.warnings})]
    return Checked(faults, config, "\n".join(findings.lines.get(name, lines)))


def _json(fault: Fault, lines: Sequence[str], name: str) -> dict[str, Any]:
    """Return a fault with its columns in UTF-16 units from 1, as a browser counts; `file` is blank for this text."""
    own = fault.file == name
    line = lines[fault.line - 1] if own and 0 < fault.line <= len(lines) else ""
    before = min(fault.column - 1, len(line)) if line else fault.column - 1
    column = _units(line[:before]) + 1 if line else fault.column
    width = _units(line[before : before + fault.width]) if line else fault.width
    return {
        "file": "" if own else fault.file,
        "line": fault.line,
        "column": column,
        "end_column": column + width,
        "text": fault.text,
        "hint": fault.hint,
        "severity": fault.severity,
    }


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
