"""Transfers of callers to a person, played by the phone against a real server."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from loguru import logger

from pipeline.phone.phone import CallResult, place_call
from pipeline.phone.script import OUTCOMES, Action, Dtmf, Transfer, Wait
from pipeline.server.app import Server, running
from pipeline.server.options import Options
from pipeline.vocabulary import HandoverOutcome
from tests.kit.alone import run
from tests.kit.outside import until
from tests.kit.peer import ACCOUNT, SECURE, Peer, metric, opened, ring, sid, signed
from tests.kit.serving import Serve
from tests.kit.transferring import config, handed_over, post

BACK = ("busy", "no-answer", "declined", "failed")


class Called:
    """A call on both ends: its result, the server's log, and the number of each outcome."""

    def __init__(self, result: CallResult, log: list[str], counted: float, slots: int) -> None:
        self.result, self.log, self.counted, self.slots = result, log, counted, slots

    def lines(self, start: str) -> list[str]:
        return [line for line in self.log if line.startswith(start)]


def dialled(outcome: str, *script: Action, **options: Any) -> Called:
    """Call the agent with this script; `options` are the server's."""

    async def main() -> Called:
        async with running([config()], Options(port=0, **options)) as server:
            result = await place_call(server.url, script, limit=30, token=options.get("auth_token"))
            await until(lambda: not server.registry.entries)
            name = f'kav_handovers_total{{outcome="{outcome}"}}'
            counted = float(dict(line.rsplit(" ", 1) for line in _lines(server)).get(name, 0))
            return Called(result, log, counted, len(server.registry.entries))

    log: list[str] = []
    sink = logger.add(lambda message: log.append(message.record["message"]), level="INFO")
    try:
        return run(main())
    finally:
        logger.remove(sink)


def _lines(server: Server) -> list[str]:
    return [line for line in server.board.metrics.page().decode().splitlines() if line.startswith("kav_handovers")]


@pytest.mark.fault("L1")
@pytest.mark.parametrize("outcome", BACK)
def test_a_caller_who_reaches_nobody_is_back_with_the_agent(outcome: str) -> None:
    """The second stream knows all that was said, the reason, and the secret that was typed."""
    back = Transfer(OUTCOMES[outcome], after=0.0)
    called = dialled(outcome, Dtmf("9"), back, Wait(0.1), Dtmf("1"), Wait(1.0))
    assert called.result.error is None and called.result.verbs == ("Connect", "Dial", "Connect", "Hangup")
    assert called.lines("HANDOVER") == ["HANDOVER to=sales"]
    assert called.lines("RETURNED")[0].startswith(f"RETURNED {outcome} ")
    assert called.lines("REMEMBERS") == ["REMEMBERS [] [] pin=0", f"REMEMBERS ['a person, please'] ['{outcome}'] pin=4"]
    assert [line.split()[1] for line in called.lines("CALL_ENDED")] == ["cause=transfer", "cause=goodbye"]
    assert called.counted == 1


def test_a_caller_who_reaches_a_person_is_gone() -> None:
    """The slot is free from the key on, and the call has ended by transfer."""
    called = dialled("answered", Dtmf("9"), Transfer(HandoverOutcome.ANSWERED, after=0.0))
    assert called.result.error is None and called.result.verbs == ("Connect", "Dial", "Hangup")
    assert called.lines("HANDED_OVER answered") and called.counted == 1 and called.result.streams == 1
    assert len(called.lines("CALL_ENDED")) == 1


@pytest.mark.fault("L2")
def test_a_caller_who_hangs_up_while_it_rings_frees_the_slot() -> None:
    """It is told in the log and counted, and no stream follows."""
    called = dialled("canceled", Dtmf("9"), Transfer(HandoverOutcome.CANCELED, after=0.0), Wait(1.0))
    assert called.result.error is None and called.result.ended_by == "caller"
    assert called.lines("HANDED_OVER canceled") and called.counted == 1


def test_a_rehearsal_rings_no_number_of_the_config() -> None:
    """Only `serve` acts: elsewhere a number that no telephone has stands in the TwiML."""
    numbers: list[Any] = []

    async def main() -> None:
        async with running([config()], Options(port=0)) as server:
            tell = lambda _, what, fields: numbers.append(fields["number"]) if what == "dial" else None  # noqa: E731
            script = [Dtmf("8"), Transfer(HandoverOutcome.ANSWERED, after=0.0)]
            assert (await place_call(server.url, script, on_event=tell)).ok

    run(main())
    assert numbers == ["+10000000000"]


@pytest.mark.fault("L3")
async def test_repeated_and_late_webhooks_get_the_same_twiml(serve: Serve) -> None:
    """Each of them: the end of the stream, the return, and the end of the first stream after the second has begun."""
    async with serve(config()) as (server, session), handed_over(server, session) as (_, action, _):
        ended = f"{server.url}/webhook/call_ended"
        dial = [await post(server, session, ended, CallSid=sid()) for _ in range(2)]
        busy = {"CallSid": sid(), "DialCallStatus": "busy", "CallStatus": "in-progress"}
        back = [await post(server, session, action, **busy) for _ in range(2)]
        assert opened(back[0]) == opened(back[1])
        address, parameters = opened(back[0])
        assert back[0][0].attrib["action"].startswith(f"{ended}?after=")
        dial.append(await post(server, session, ended, CallSid=sid()))
        assert len({ElementTree.tostring(each) for each in dial}) == 1
        async with session.ws_connect(address) as ws:
            peer = Peer(ws, sid(), parameters["token"])
            await peer.start()
            await peer.talks()
            await peer.press("1")
            await peer.closed()
        assert (await post(server, session, back[0][0].attrib["action"], CallSid=sid())).find("Hangup") is not None
        assert not server.registry.entries


async def test_the_briefing_is_of_one_leg_and_its_key_lets_the_caller_in(serve: Serve) -> None:
    """Another leg, another call and another key get nothing; afterwards the slot is free."""
    async with serve(config()) as (server, session), handed_over(server, session) as (_, _, brief):
        leg = {"CallSid": sid(7), "ParentCallSid": sid()}
        twiml = await post(server, session, brief, **leg)
        assert twiml.find("Gather") is not None and twiml[-1].tag == "Hangup"
        said = twiml.findtext("Gather/Say")
        assert said == "Dana looks for three rooms. Press 1 to take this call."
        for other in ({"CallSid": sid(8), "ParentCallSid": sid()}, {"CallSid": sid(7), "ParentCallSid": sid(2)}):
            async with session.post(brief, data=other) as response:
                assert response.status == 403
        assert (await post(server, session, brief, **leg, Digits="2")).find("Hangup") is not None
        assert server.registry.states() == {"RINGING": 1}
        assert len(await post(server, session, brief, **leg, Digits="1")) == 0
        assert not server.registry.entries and server.registry.ended[sid()] == "transfer"


@pytest.mark.fault("L5")
async def test_a_returning_caller_is_never_turned_away(serve: Serve) -> None:
    """While it rings the slot is held; and after a blind transfer, whose slot is free by then, a new one is made."""
    async with serve(config(max_calls=1)) as (server, session), handed_over(server, session, "8") as (_, action, _):
        assert (await ring(server, session, sid(2))).find("Reject") is not None
        server.registry.release(server.registry.entries[sid()], "transfer")
        await ring(server, session, sid(3))
        busy = {"CallSid": sid(), "DialCallStatus": "no-answer", "CallStatus": "in-progress"}
        assert (await post(server, session, action, **busy)).find("Connect") is not None
        assert len(server.registry.entries) == 2


@pytest.mark.fault("L7")
async def test_a_stop_in_a_handover_is_no_hangup(serve: Serve) -> None:
    """Twilio may send `stop` while the stream closes: the caller is still there."""
    async with serve(config()) as (server, session), handed_over(server, session, stop=True):
        assert server.registry.states() == {"RINGING": 1}


@pytest.mark.fault("L4")
async def test_a_call_that_nothing_is_known_of_gets_an_agent(serve: Serve) -> None:
    """Its server was lost while it rang: the agent knows the name in the address and the reason, within the limits."""
    async with serve(config(max_calls=1)) as (server, session):
        action = f"{server.url}/webhook/returned/lost?to=sales"
        form = {"DialCallStatus": "busy", "CallStatus": "in-progress"}
        back = [await post(server, session, action, CallSid=sid(), **form) for _ in range(2)]
        assert opened(back[0]) == opened(back[1])
        entry = server.registry.entries[sid()]
        assert b'{\\"to\\":\\"sales\\"}' in entry.memory and b"busy" in entry.memory
        assert (await post(server, session, action, CallSid=sid(2), **form)).find("Say") is not None
        bridged = {"DialCallStatus": "completed", "DialBridged": "true", "CallSid": sid(3)}
        assert [each.tag for each in await post(server, session, action, **bridged)] == ["Hangup"]


@pytest.mark.fault("L8")
async def test_the_webhooks_of_a_transfer_are_signed(serve: Serve) -> None:
    """Without Twilio's signature they are refused as all others are."""
    async with serve(config(), **SECURE) as (server, session):
        for path in ("returned", "brief"):
            form = {"CallSid": sid(), "AccountSid": ACCOUNT}
            url = f"{server.url}/webhook/{path}/token"
            async with session.post(url, data=form) as response:
                assert response.status == 403
            public = f"{SECURE['public_base_url']}/webhook/{path}/token"
            async with session.post(url, data=form, headers=signed(public, form)) as response:
                assert response.status == (200 if path == "returned" else 403)
        assert await metric(server, session, 'kav_refused_total{reason="signature"}') == 2


async def test_the_briefing_is_played_in_the_agents_voice(serve: Serve) -> None:
    """If it was made in time; its address is served, and no other."""
    async with serve(config()) as (server, session), handed_over(server, session) as (_, _, brief):
        bridge = server.board.bridges.find(sid(), "")
        assert bridge is not None
        bridge.handed = msgspec.structs.replace(bridge.handed, sound=b"RIFF")
        played = (await post(server, session, brief, CallSid=sid(7))).findtext("Gather/Play")
        assert played is not None
        async with session.get(played) as response:
            assert (response.content_type, await response.read()) == ("audio/wav", b"RIFF")
        async with session.get(f"{played}x") as response:
            assert response.status == 404
