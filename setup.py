"""Build Kav under the name that users import: `pipeline/` becomes `kav`, and the other folders go into it.

The repository's own code imports `pipeline`, `processors` and `abilities`; its imports are renamed on their way into a
wheel. An editable install leaves the files where they are, and `kav/` of the repository gives them their name.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from shutil import rmtree

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py
from setuptools.command.editable_wheel import editable_wheel

NAMES = {
    "pipeline": "kav",
    "processors": "kav.processors",
    "abilities": "kav.abilities",
}  # of a top-level package, here and in a wheel
CONFIGS = "kav.configs"  # not a package of modules: the folder of this name, as data


def renamed(source: str, file: str) -> str:
    """Return a module's source with the imports of the repository's packages renamed; nothing else changes.

    Raises SyntaxError for `import pipeline.x`, which would bind another name than before.
    """
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source, file)):
        if isinstance(node, ast.ImportFrom) and not node.level and _is_ours(node.module):
            line, start = node.lineno - 1, len(lines[node.lineno - 1].encode()[: node.col_offset].decode())
            found = re.match(r"from[ \t]+(\w+)", lines[line][start:])
            if found is None:
                raise SyntaxError("write `from` and the module on one line", (file, node.lineno, start, lines[line]))
            rest = lines[line][start + found.end() :]
            lines[line] = f"{lines[line][:start]}from {NAMES[found[1]]}{rest}"
        elif isinstance(node, ast.Import) and any(_is_ours(each.name) for each in node.names):
            raise SyntaxError("write `from … import …`", (file, node.lineno, node.col_offset, lines[node.lineno - 1]))
    return "".join(lines)


def _is_ours(module: str | None) -> bool:
    return (module or "").partition(".")[0] in NAMES


class Build(build_py):
    """Copies the modules into a wheel, their imports renamed."""

    def run(self) -> None:
        if not self.editable_mode:
            rmtree(self.build_lib, ignore_errors=True)  # a module that is gone since the last build stays gone
        super().run()

    def build_module(self, module: str, module_file: str, package: str) -> tuple[str, bool]:
        outfile, copied = super().build_module(module, module_file, package)
        path = Path(outfile)
        path.write_text(renamed(path.read_text(encoding="utf-8"), module_file), encoding="utf-8")
        return outfile, copied


class Editable(editable_wheel):
    """Points at the repository, in which `kav/` is the package that users import."""

    def initialize_options(self) -> None:
        self.distribution.packages, self.distribution.package_dir = list(_packages(*NAMES, "kav")), {}
        super().initialize_options()


def _packages(*tops: str) -> list[str]:
    return find_packages(include=[pattern for top in tops for pattern in (top, f"{top}.*")])


def _installed(package: str) -> str:
    """Return the name in a wheel of a package of the repository."""
    top, dot, rest = package.partition(".")
    return f"{NAMES[top]}{dot}{rest}"


if __name__ == "__main__":
    folders = {CONFIGS: "configs"} | {new: old for old, new in NAMES.items()}
    setup(
        packages=[*map(_installed, _packages(*NAMES)), CONFIGS],
        package_dir=folders,
        package_data={
            "": ["py.typed"],
            "kav": ["console/static/**/*"],
            CONFIGS: ["**/*"],
            "kav.tools.report": ["*.css", "*.js"],
            "kav.processors.vad.silero": ["*.onnx", "LICENSE"],
            "kav.prosody": ["weights.json"],
        },
        exclude_package_data={CONFIGS: ["demo/make_recordings.py", "**/*.py[cod]"]},
        include_package_data=False,
        cmdclass={"build_py": Build, "editable_wheel": Editable},
    )
