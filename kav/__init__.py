"""Kav under the name that it has where it is installed: `from kav import Processor` works in this folder as well.

A wheel holds `pipeline/` as `kav`, and in it `processors/` and `abilities/`. Here `kav.frames` is the module
`pipeline.frames` itself, not a second copy of it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pipeline

if TYPE_CHECKING:
    from pipeline import *  # noqa: F403 - what a type checker finds under this name

__all__ = pipeline.__all__


def __getattr__(name: str) -> Any:
    """Return a public name of `pipeline`. Raises AttributeError for any other name."""
    return getattr(pipeline, name)


class _Here(MetaPathFinder, Loader):
    """Finds `kav.…` in `pipeline/`, `kav.processors…` in `processors/` and `kav.abilities…` in `abilities/`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        top, _, rest = fullname.partition(".")
        if top != __name__ or rest == "__main__":  # `python -m kav` runs a file
            return None
        real = rest if rest.partition(".")[0] in ("processors", "abilities") else f"pipeline.{rest}"
        return ModuleSpec(fullname, self, origin=real)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(str(spec.origin))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just given the module the spec of its second name.
        module.__spec__ = getattr(module.__spec__, "loader_state", None)


sys.meta_path.insert(0, _Here())  # before the finder of files, which would make second copies
