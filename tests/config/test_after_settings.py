"""The work after a call in a config: what is wrong with it is said at its place."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.config.after_settings import NO_SECRET, Receiver
from pipeline.config.writing import plain
from pipeline.faults import ConfigError
from pipeline.settings import Secret
from tests.kit.chain import chain
from tests.kit.configs import Write, faults

KEY = base64.b64encode(b"k" * 32).decode()
URL = "https://crm.example.com/hooks"


def after(text: str) -> str:
    """Return a config with this work after a call."""
    return chain(f"after: {{{text}}}\n")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "send: [{url: 'http://crm.example.com/x'}]",
            "x.yaml:1:22 `url` has to be https: the words of callers would travel unencrypted",
        ),
        ("send: [{url: crm}]", "x.yaml:1:22 `url` is no address such as https://crm.example.com/hooks/kav"),
        ("send: [{url: 'https://[x'}]", "x.yaml:1:22 `url` is no address: Invalid IPv6 URL"),
        (f"send: [{{url: '{URL}'}}, {{url: '{URL}'}}]", "x.yaml:1:62 `send[2].url` is that of another receiver, too"),
        (f"send: [{{url: '{URL}', secret: short}}]", f"x.yaml:1:63 `secret` {NO_SECRET}"),
        (f"send: [{{url: '{URL}', secret: [{KEY}, short]}}]", f"x.yaml:1:63 `secret` {NO_SECRET}"),
        (f"send: [{{url: '{URL}', events: []}}]", "x.yaml:1:63 `events` wants at least 1 in its list, got 0"),
        ("summary: {}", "x.yaml:1:18 `summary` needs `with`, the step whose model is asked, e.g. llm.openai"),
        (
            "extract: {a: {type: one_of}}",
            "x.yaml:1:18 `extract` needs `with`, the step whose model is asked, e.g. llm.openai",
        ),
        ("extract: {a: {type: one_of}}, with: llm", "x.yaml:1:22 `extract.a.of` has to have the values to choose from"),
    ],
)
def test_a_fault_stands_at_its_place(write: Write, text: str, fault: str) -> None:
    """With what to do."""
    assert fault in faults(write(after(text)))


def test_a_receiver_without_a_secret_is_a_warning(write: Write) -> None:
    """The config works; so is a secret that is written in the file, also in a list, whose text is never shown."""
    warnings = load(write(after(f"send: [{{url: '{URL}'}}]")), env={}).warnings
    assert [each.text.partition(":")[0] for each in warnings] == ["`secret` is not set"]
    with pytest.raises(ConfigError) as raised:
        load(write(after(f"send: [{{url: crm, secret: [{KEY}]}}]")), env={})
    assert "`secret[1]` is a secret, written in the file" in str(raised.value) and KEY not in str(raised.value)


def test_the_keys_of_signatures() -> None:
    """One, or several, with the prefix of Standard Webhooks or without; blank ones are none."""
    several = Receiver(url=URL, secret=[Secret("whsec_" + KEY), Secret(""), Secret(KEY)])
    assert several.keys == (b"k" * 32,) * 2
    assert Receiver(url=URL, secret=Secret("")).keys == ()


def test_an_address_is_shown_without_its_secrets() -> None:
    """Neither a password nor a token is in the log, or in the files of the outbox."""
    receiver = Receiver(url="https://me:pass@crm.example.com/hooks?token=abc")
    assert receiver.shown == "https://crm.example.com/hooks"
    assert len(receiver.id) == 12


def test_the_folder_stands_beside_the_config(write: Write) -> None:
    """Unless another is named; a config that sends nothing has none, and keeps its hash."""
    sends, nothing = after(f"send: [{{url: '{URL}'}}]"), chain()
    assert load(write(sends), env={}).after.folder == str(Path.cwd() / "outbox")
    assert load(write(nothing), env={}).after.folder == ""
    other = after(f"send: [{{url: '{URL}'}}], folder: out")
    assert load(write(other), env={}).after.folder == str(Path.cwd() / "out")


def test_a_record_has_it_without_its_secrets(write: Write) -> None:
    """The config in a record reads back as the same but for them, so that it can be replayed."""
    fields = "extract: {rooms: {type: integer, from: 1, optional: true}, kind: {type: one_of, of: [a, b]}}"
    model = "llm.openai: {model: m, base_url: 'http://127.0.0.1:9/v1'}"
    head = f"after: {{with: llm, summary: {{words: 9}}, {fields}, send: [{{url: '{URL}', secret: {KEY}}}]}}\n"
    config = load(write(chain(head, llm=model)), env={})
    kept = plain(config)
    assert KEY not in kept
    again = load(write(kept), env={}).after
    assert (again.model, again.extract, again.summary, again.keep) == (
        config.after.model,
        config.after.extract,
        config.after.summary,
        config.after.keep,
    )
