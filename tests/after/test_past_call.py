"""A call as the outbox has it: from the call itself, or from the record that a lost process has left."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from pipeline.after.past_call import begun, lost, over
from pipeline.call import Call
from pipeline.conversation import Message
from pipeline.memory import Memory, Use
from pipeline.redaction.settings import RedactSettings
from pipeline.tool import Result, Tool, ToolSettings
from pipeline.vocabulary import UseOutcome
from tests.kit import parrot
from tests.kit.outboxes import began
from tests.kit.peer import sid


class Silent:
    """A wire to no peer."""

    def send(self, data: bytes) -> None: ...
    def flush(self) -> None: ...
    def hang_up(self, reason: str) -> None: ...
    def reject(self, code: int, reason: str) -> None: ...


class Ask(Tool):
    """Asks for an identity number."""

    async def use(self, arguments: dict[str, Any], call: object) -> Result:
        return Result()


async def call(**changes: Any) -> Call:
    """Return a call with a use and a number in its words."""
    made = Call(
        sid(), Silent(), asyncio.get_running_loop(), tools=(Ask(ToolSettings(name="ask", hide=["id"])),), **changes
    )
    made.memory.conversation += [Message("user", "call 052-1234567")]
    made.memory.uses += [
        Use(number=1, name="ask", arguments='{"id":"123","day":1}', turn=1, place=1, result='[{"id":1}]')
    ]
    made.memory.facts.update(id="123", phone="052-1234567")
    made.memory.secrets.update(pin="9876")
    return made


async def test_what_tools_hide_stays_hidden() -> None:
    """In arguments, results and facts; secrets are named without their values."""
    made = await call()
    data = over(made, begun(made, parrot.config(), Path("record"))).memory
    memory = Memory.decode(bytes(data))
    assert memory.uses[0].arguments == '{"id":"•••","day":1}' and memory.uses[0].result == '[{"id":"•••"}]'
    assert memory.facts == {"id": "•••", "phone": "052-1234567"}
    assert b"9876" not in bytes(data)


async def test_words_are_redacted_if_the_config_says_so() -> None:
    """All of them, those of facts and uses too; the call itself keeps them."""
    made = await call(redact=RedactSettings(after_call=True))
    memory = Memory.decode(bytes(over(made, began()).memory))
    assert memory.conversation[0].text == "call [phone]" and memory.facts["phone"] == "[phone]"
    assert made.conversation[0].text == "call 052-1234567"


async def test_tools_at_work_are_waited_for() -> None:
    """The end is marked as one that its process writes once more."""
    made = await call()
    task = made.outlives(asyncio.sleep(0))
    assert over(made, began()).settling
    await task
    await asyncio.sleep(0)
    assert not over(made, began()).settling


def test_a_lost_call_is_told_from_its_record(tmp_path: Path) -> None:
    """Both sides' words in order, and a use that was under way as unknown."""
    words = {"turn": 1, "text": "book it", "final": True, "language": "en-US", "confidence": 0.9}
    lines = [
        {"at": 1.0, "what": "SpeechStarted", "frame": {"turn": 1, "at": 0.5, "pcm": 0.0}},
        {"at": 2.0, "what": "Transcript", "frame": words},
        {"at": 2.5, "what": "tool", "tool": "book", "to": '{"day":1}', "ask": 1},
        {"at": 2.6, "what": "tool", "tool": "look", "to": "{}", "ask": 2},
        {"at": 2.9, "what": "tool", "tool": "look", "to": "{}", "ask": 2, "got": "[]", "outcome": "done"},
    ]
    kept = b"".join(msgspec.json.encode({"no": at, "step": "x", **it}) + b"\n" for at, it in enumerate(lines))
    (tmp_path / "events.jsonl").write_bytes(kept + b'{"at": 3.0, "wh')
    ended = lost(began(record=str(tmp_path)), redacts=False)
    memory = Memory.decode(bytes(ended.memory))
    assert (ended.cause, ended.figures["seconds"], memory.conversation) == ("lost", 2.9, [Message("user", "book it")])
    assert [(each.name, each.outcome) for each in memory.uses] == [
        ("book", UseOutcome.UNKNOWN),
        ("look", UseOutcome.DONE),
    ]


def test_a_lost_call_without_a_record(tmp_path: Path) -> None:
    """Its end is told all the same."""
    for record in ("", str(tmp_path / "none")):
        assert lost(began(record=record), redacts=False).figures["turns"] == 0
