"""Addresses of OpenAI-compatible servers, and what is wrong with some."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.config import Config
from pipeline.faults import ConfigError
from processors._shared.openai_address import OPENAI, address_doubts, address_faults, is_here, shown, unanswered
from tests.kit.chain import chain, warned

GOOD = [
    OPENAI,
    f"{OPENAI}/",
    "http://127.0.0.1:11434/v1",
    "http://localhost:8000/v1/",
    "http://[::1]:8080/v1",
    "https://gateway.example.com/openai/v1",
    "http://ollama:11434/v1",
    "http://127.0.0.1:8000",
]
BAD = {
    "": "is no address",
    "http://": "is no address",
    "https:///v1": "is no address",
    "api.openai.com/v1": "is no address",
    "127.0.0.1:8000/v1": "did you mean http://127.0.0.1:8000/v1?",
    "localhost:11434": "did you mean http://localhost:11434?",
    "ws://127.0.0.1:8000/v1": "did you mean http://127.0.0.1:8000/v1?",
    "wss://api.openai.com/v1": "did you mean https://api.openai.com/v1?",
    "http://127.0.0.1:8000/v1 ": "did you mean http://127.0.0.1:8000/v1?",
    "ftp://x": "is no address",
    "http://[::1": "is no address",
    "http://127.0.0.1:99999/v1": "is no address",
    "http://127.0.0.1:port/v1": "is no address",
    "http://127.0.0.1:8000/v1/chat/completions": "write http://127.0.0.1:8000/v1",
    "http://127.0.0.1:8880/v1/audio/speech/": "write http://127.0.0.1:8880/v1",
    "http://127.0.0.1:8000/v1/v1": "write http://127.0.0.1:8000/v1",
    "http://127.0.0.1:8000/v1?key=x": "write http://127.0.0.1:8000/v1",
    "https://api.openai.com": f"write {OPENAI}",
    "https://api.openai.com/": f"write {OPENAI}",
    "https://api.openai.com/v2": f"write {OPENAI}",
    "https://api.openai.com/v1/realtime": f"write {OPENAI}",
}
STEPS = {
    "asr": "asr.openai: {{model: m, base_url: '{at}'}}",
    "llm": "llm.openai: {{model: m, instructions: x, base_url: '{at}'}}",
    "tts": "tts.openai: {{model: m, voice: v, base_url: '{at}'}}",
}


@pytest.mark.parametrize("address", GOOD)
def test_good_addresses(address: str) -> None:
    """With a slash at the end or without, by name or by number."""
    assert not list(address_faults(address))


@pytest.mark.parametrize("address", BAD)
def test_bad_addresses(address: str) -> None:
    """Each is one fault, which says what to write."""
    [fault] = address_faults(address)
    assert BAD[address] in fault


@pytest.mark.parametrize("place", STEPS)
@pytest.mark.parametrize("address", ["127.0.0.1:8000/v1", "http://[::1", "https://api.openai.com"])
def test_each_step_checks_its_address(config: Callable[..., Config], place: str, address: str) -> None:
    """At its place in the file, and whatever is in it, there is no trace."""
    with pytest.raises(ConfigError) as found:
        config(chain(**{place: STEPS[place].format(at=address)}))
    [fault] = [each for each in found.value.faults if each.severity == "error"]
    assert fault.text.startswith("`base_url` is") and fault.line > 0 and fault.column > 1


@pytest.mark.parametrize("place", STEPS)
def test_a_server_of_this_machine_needs_no_key(config: Callable[..., Config], place: str) -> None:
    """And nothing warns about it."""
    assert not warned(config(chain(**{place: STEPS[place].format(at="http://127.0.0.1:8000/v1")})))


def test_doubtful_addresses() -> None:
    """They may work: without /v1, and a key that everybody on the way can read."""
    assert not list(address_doubts("http://127.0.0.1:8000/v1", has_key=True))
    assert not list(address_doubts("https://gateway.example.com/v1", has_key=True))
    [doubt] = address_doubts("http://127.0.0.1:8000/", has_key=False)
    assert doubt.endswith("http://127.0.0.1:8000/v1")
    [doubt] = address_doubts("http://gateway.example.com/v1", has_key=True)
    assert "without encryption" in doubt


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/v1", "http://[::1]/v1", "http://localhost/v1", "http://0.0.0.0/v1"]
)
def test_addresses_of_this_machine(address: str) -> None:
    """There is something to start; elsewhere there is not."""
    assert is_here(address) and "start its server" in unanswered(address)
    assert not unanswered(OPENAI) and not is_here("http://10.0.0.1/v1")


def test_the_usual_server_of_a_port() -> None:
    """Its name is what a newcomer has to look for."""
    assert "ollama serve" in unanswered("http://127.0.0.1:11434/v1")
    assert "mostly" not in unanswered("http://127.0.0.1:4321/v1")


def test_an_address_is_shown_without_its_password() -> None:
    """As it would stand in the log."""
    assert shown("http://me:secret@127.0.0.1:8000/v1") == "http://127.0.0.1:8000/v1"
