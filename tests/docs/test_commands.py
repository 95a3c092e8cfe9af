"""The commands of all pages: each is one that the command line, or the Makefile, knows."""

from __future__ import annotations

import re
import shlex

import pytest

from pipeline.cli import _parser, verbs
from tests.kit.pages import ROOT, read

PAGES = sorted(
    str(path.relative_to(ROOT))
    for pattern in ("*.md", "docs/*.md", "examples/**/*.md", "deploy/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"  # has commands of older versions
)
LINE = re.compile(r"^ *(?:\$ )?(?:\w+=\S+ )*(?:python run\.py|kav) (?P<rest>.+)$", re.MULTILINE)
INLINE = re.compile(r"`(?:python run\.py|run\.py|kav) (?P<rest>[^`\n]+)`")
MADE = re.compile(r"^    make ([a-z]\w*)|`make ([a-z]\w*)", re.MULTILINE)
VERBS = {verb.name for group in verbs().values() for verb in group}
ENDS = re.compile(r" +#.*$| *[|>&;].*$| …$")
"""What a shell, or a reader, takes for the end of a command."""


def commands(page: str) -> list[str]:
    """Return the commands of a page, without comments and pipes; those with a VERB or an ellipsis are none."""
    found = [ENDS.sub("", each["rest"]) for form in (LINE, INLINE) for each in form.finditer(page)]
    return [each for each in found if not re.search(r"VERB|…|\[", each)]


@pytest.mark.parametrize("page", PAGES)
def test_each_command_is_known(page: str) -> None:
    """Its verb exists, and takes the options and the arguments that it is given."""
    unknown = []
    for command in commands(read(page)):
        arguments = shlex.split(command)
        if arguments[0] in VERBS and all(each.startswith("--") for each in arguments[1:]):  # named in a sentence
            continue
        try:
            _parser(arguments).parse_args(arguments)
        except SystemExit as end:
            if end.code:
                unknown.append(command)
    assert not unknown


def test_each_make_target_is_known() -> None:
    """What a page makes is in the Makefile."""
    known = set(re.findall(r"^(\w+):", read("Makefile"), re.MULTILINE))
    assert {target for page in PAGES for pair in MADE.findall(read(page)) for target in pair if target} <= known
