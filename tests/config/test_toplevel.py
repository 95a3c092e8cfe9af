"""A config's keys beside its steps."""

from __future__ import annotations

from pipeline.config import load
from tests.kit.configs import GOOD, Write


def test_a_config_is_named_by_its_file_unless_it_has_a_name(write: Write) -> None:
    """The file's name, without its ending; an extended config's name is not inherited."""
    assert load(write(GOOD.replace("name: demo\n", ""))).name == "x"
    write("extends: base.yaml\n", base=GOOD)
    assert load("x.yaml").name == "x"
