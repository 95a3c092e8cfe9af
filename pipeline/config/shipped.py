"""The configs that come with Kav, named `kav:NAME` wherever the path of a config is taken.

They are the folder `configs` of the repository, which is `kav/configs` where Kav is installed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline import installation
from pipeline.config.findings import Findings
from pipeline.faults import ConfigError, FaultFound, Place, clipped, nearest

SCHEME = "kav:"
FOLDER = installation.FOLDER / "configs"


def config_file(path: str | Path) -> Path:
    """Return the file of a config as `located` does; raises ConfigError instead of FaultFound."""
    findings = Findings()
    with findings.noting():
        return located(path)
    raise ConfigError(findings.faults)


def given(paths: Iterable[str | Path], findings: Findings) -> Iterator[Path]:
    """Yield the files of these paths as `located` does; the name of no shipped config is noted as a fault."""
    for path in paths:
        with findings.noting():
            yield located(path)


def located(path: str | Path, at: Place | None = None) -> Path:
    """Return the file of a config: the shipped one for `kav:NAME`, any other path as it is.

    Raises FaultFound, at the given place or else at the path itself, if no config of this name is shipped.
    """
    text = str(path)
    if not text.startswith(SCHEME):
        return Path(path)
    name, known = text.removeprefix(SCHEME), names()
    if name not in known:
        near = nearest(name, known)
        hint = f"did you mean `{SCHEME}{near}`? " if near else ""
        hint += f"there is {', '.join(f'`{SCHEME}{each}`' for each in known)}"
        raise FaultFound(at or Place(clipped(text)), f"no config `{clipped(name)}` comes with Kav", hint)
    file, here = FOLDER / f"{name}.yaml", Path.cwd()
    return Path(os.path.relpath(file)) if file.is_relative_to(here) else file


def names() -> tuple[str, ...]:
    """Return the names of the shipped configs, sorted: `demo` for demo.yaml. Files of tests are none."""
    return tuple(sorted(each.stem for each in FOLDER.glob("*.yaml") if "." not in each.stem))
