"""Whatever is in a file, it is a config or faults that can be shown."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.config import load
from pipeline.faults import ConfigError
from tests.kit.configs import GOOD


@pytest.mark.fault("A1")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.binary() | st.lists(st.sampled_from(GOOD.splitlines()), max_size=30).map("\n".join))
def test_no_file_raises_anything_but_its_faults(tmp_path: Path, content: str | bytes) -> None:
    """Noise, bytes and the lines of a good config in any order: a config, or faults that can be shown."""
    path = tmp_path / "x.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    try:
        load(path, env={})
    except ConfigError as error:
        assert error.faults
        assert str(error).isprintable() or "\n" in str(error)


@pytest.mark.fault("A1")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, len(GOOD) - 1), st.text(alphabet=string.printable + "שé\x00\u2028", max_size=4), st.integers(0, 6)
)
def test_no_edit_of_a_good_file_raises_anything_but_its_faults(tmp_path: Path, start: int, text: str, cut: int) -> None:
    """A few characters put in, left out or replaced anywhere."""
    path = tmp_path / "x.yaml"
    path.write_text(GOOD[:start] + text + GOOD[start + cut :], encoding="utf-8")
    try:
        load(path, env={})
    except ConfigError as error:
        assert str(error)
