"""A config and the tests beside it, written and read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.tools.configtest.reading import load
from pipeline.tools.configtest.running import Outcome, run
from pipeline.tools.configtest.suite import Suite
from tests.kit.chain import chain
from tests.kit.suites import TWO

CONFIG = chain(
    end_of_utterance=("end_of_utterance", 'greeting: {text: "${HELLO:-}"}', "dedup"),
    asr=("asr.script: {say: [hello]}", "dedup"),
    llm="llm.script: {say: [One two three four five six. And seven.]}",
    pacer="pacer: {min_delay: 300ms, max_delay: 300ms}",
)


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Suite]:
    """Write a config and a file of tests beside it, in the current folder, and read that."""
    monkeypatch.chdir(tmp_path)

    def write(text: str, config: str = CONFIG) -> Suite:
        Path("agent.yaml").write_text(config, encoding="utf-8")
        path = Path("agent.test.yaml")
        path.write_text(text, encoding="utf-8")
        return load(path)

    return write


@pytest.fixture
def plug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    """Write a package with a processor `it`, and the config with it in front of the pacer."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(package: str, source: str) -> str:
        (tmp_path / package).mkdir()
        (tmp_path / package / "it.py").write_text(source, encoding="utf-8")
        return f"plugins: [{package}]\n" + CONFIG.replace("  - tts.tone", f"  - {package}.it\n  - tts.tone")

    return write


@pytest.fixture
def outcome(suite: Callable[..., Suite]) -> Callable[..., Outcome]:
    """How one test goes: what its caller sends and what it expects, as YAML flow."""

    def play(send: Any, expect: str, more: str = "", **changes: str) -> Outcome:
        text = f"tests:\n  - name: it\n    send: {send}\n    expect: {expect}\n{more}"
        [case] = suite(text, **changes).cases
        return run(case)

    return play


@pytest.fixture
def two(suite: Callable[..., Suite]) -> None:
    """Two tests in the current folder, of which one fails."""
    suite(TWO)
