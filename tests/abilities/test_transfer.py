"""The tool that gives a caller to a person."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from abilities.transfer import Person, Transfer, TransferSettings
from pipeline.arguments import BadArguments
from pipeline.arguments.hours import DAYS
from pipeline.call import Call, hand_over
from pipeline.frames import AgentSpeaking, Handover
from pipeline.loop.virtual import run_virtual
from pipeline.memory import Memory
from pipeline.phone.virtual_line import CALL_SID, NoWire
from pipeline.testing import Played, voice
from pipeline.text.fixed import phrase
from pipeline.tool import Result, Tool, ToolRefused, View
from pipeline.transfer import REHEARSED, Destination, came_back
from pipeline.vocabulary import Cause, HandoverOutcome, UseOutcome
from tests.kit.tooled import Make, outcomes, play, uses

SALES = Person(number="+97231112222", when="wants to sell a flat")
SERVICE = Person(number="+97231113333", when="everything else")
GIVEN = {"to": "sales", "summary": "Dana sells a flat."}


def made(**settings: Any) -> Tool:
    """The tool with two persons, or with these settings."""
    written = TransferSettings(**{"to": {"sales": SALES, "service": SERVICE}, **settings})
    [tool] = Transfer.offered(written, None, "transfer")
    return tool


def used(tool: Tool) -> Result:
    """The result of a use."""

    async def main() -> Result:
        call = Call(CALL_SID, NoWire(), asyncio.get_running_loop())
        return await tool.use(GIVEN, View(call, "", 0.0))

    return run_virtual(main())


@pytest.mark.fault("I-6")
def test_the_model_chooses_among_names_and_knows_no_number() -> None:
    """Of a schema with the sentences on when; another name, and a number, are refused."""
    tool = made()
    schema = tool.arguments.schema()["properties"]
    assert schema["to"]["enum"] == ["sales", "service"]
    assert "sales: wants to sell a flat; service: everything else" in schema["to"]["description"]
    assert "9723" not in str(tool.arguments.schema())
    for wrong in ('{"to": "+97231112222", "summary": "x"}', '{"to": "boss", "summary": "x"}'):
        with pytest.raises(BadArguments):
            tool.arguments.read(wrong)
    assert made(accept="none").arguments.names == ("to",)


def test_it_rings_once_the_caller_has_heard_the_words() -> None:
    """The reply is the last, and the transfer comes after it; in a rehearsal, too."""
    tool = made(ring=30.0)
    assert used(tool) == tool.rehearse(GIVEN)
    assert used(tool).last and used(tool).then == Handover("sales", "Dana sells a flat.")
    assert tool.destinations["sales"] == Destination(name="sales", number="+97231112222", ring=30.0)
    assert not made(accept="none").destinations["sales"].accept


@pytest.mark.fault("I-6")
def test_outside_its_hours_nothing_rings() -> None:
    """The model is told `closed`; the hours are those of the time zone."""
    far = DAYS[(datetime.now(UTC) + timedelta(days=3)).weekday()]
    for hours, closed, said in (
        (f"{far} 00:00-24:00", "Call again on Sunday.", "Call again on Sunday."),
        (f"{far} 00:00-24:00", "", "Nobody is there at this hour"),
    ):
        tool = made(to={"sales": Person(number="+97231112222", hours=hours)}, closed=closed, timezone="UTC")
        with pytest.raises(ToolRefused, match=said):
            used(tool)
    used(made(to={"sales": Person(number="+97231112222", hours="00:00-24:00")}))


@pytest.mark.fault("L6")
@pytest.mark.parametrize(("acts", "number"), [(True, "+97231112222"), (False, REHEARSED)])
def test_a_call_is_handed_over_once_and_rehearses(acts: bool, number: str) -> None:
    """A second transfer while the first begins changes nothing; a name of no tool is a fault, and the call goes on."""

    async def main() -> Call:
        call = Call(CALL_SID, wire := NoWire(), asyncio.get_running_loop(), tools=(made(),), acts=acts)
        call.memory.secrets["pin"] = "4711"
        hand_over(call, "boss")
        assert (call.faults, call.handed, wire.hung_up) == (1, None, "")
        hand_over(call, "sales", "Dana.")
        hand_over(call, "service")
        assert wire.hung_up == Cause.TRANSFER
        return call

    call = run_virtual(main())
    assert call.handed is not None and call.memory.handovers == 1
    assert (call.handed.destination.number, call.handed.brief, call.handed.tool) == (number, "Dana.", "transfer")
    assert Memory.decode(call.handed.memory).secrets == {"pin": "4711"}


# ---- whole calls in virtual time ----

USE = {"use": "transfer", "with": {"to": "sales", "summary": "Dana sells a flat."}}
ASK = (0.5, voice(0.6))
BACK = "Sorry, nobody is free. Shall they call you?"


def transferred(agent: Make, *first: object) -> Played:
    """A call whose caller asks for a person, upon which the model gives this answer."""
    return play(agent(["a person"], [[*first, USE], BACK]), [made()], [ASK], 8)


@pytest.mark.parametrize("words", [["I am connecting you."], []])
def test_it_rings_after_the_words_were_heard(agent: Make, words: list[str]) -> None:
    """Those of the model, or of the tool; then the stream ends, for a transfer."""
    played = transferred(agent, *words)
    assert played.heard() == (words or [phrase("connecting", "en-US")])
    [(at, handover)] = played.frames(Handover)
    assert handover == Handover("sales", "Dana sells a flat.")
    assert at >= max(time for time, speaking in played.frames(AgentSpeaking) if not speaking.on)
    assert played.call.cause == Cause.TRANSFER and played.call.handed is not None
    assert outcomes(played) == [("transfer", UseOutcome.DONE)]


def test_the_caller_who_speaks_meanwhile_stays(agent: Make) -> None:
    """Words over the announcement withdraw the transfer, and are answered."""
    config = agent(["a person", "no, wait"], [["I am connecting you to a person now, please hold.", USE], "All right."])
    played = play(config, [made()], [ASK, (3.2, voice(1.0))], 9)
    assert not played.frames(Handover) and played.heard()[-1] == "All right."


@pytest.mark.parametrize("outcome", [HandoverOutcome.BUSY, HandoverOutcome.NO_ANSWER])
def test_the_agent_begins_by_itself_when_the_caller_is_back(agent: Make, outcome: HandoverOutcome) -> None:
    """At once, with the reason as the result of the use, and once; nobody is greeted a second time."""
    first = transferred(agent, "I am connecting you.")
    assert first.call.handed is not None
    config = agent(["a person"], [["I am connecting you.", USE], BACK])
    second = play(config, [made()], [], 6, memory=Memory.decode(came_back(first.call.handed, outcome)).uses)
    assert second.heard() == [BACK]
    assert min(at for at, speaking in second.frames(AgentSpeaking) if speaking.on) <= 1.5
    [use] = uses(second)
    assert use.outcome is UseOutcome.FAILED and use.told and f'"why":"{outcome}"' in use.result
