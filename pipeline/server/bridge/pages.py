"""The webhooks of a transfer: the person's briefing, and the return of the caller.

Source: https://www.twilio.com/docs/voice/twiml/dial and https://www.twilio.com/docs/voice/twiml/number
"""

from __future__ import annotations

from aiohttp import web

from pipeline.server.bridge import briefing
from pipeline.server.bridge.bridges import GONE, Bridge, outcome_of
from pipeline.server.caller_limits import Full, OverLimit
from pipeline.server.http import webhook
from pipeline.server.refusals import Why
from pipeline.server.switchboard import BOARD, Switchboard
from pipeline.transfer import Destination, Handed, came_back
from pipeline.twilio import verbs
from pipeline.twilio.messages import CALL_SID
from pipeline.vocabulary import HandoverOutcome, Refusal

ACCEPT = "1"  # the key by which a person takes a call
GATHER = 8  # seconds in which it has to be pressed
NAME = "to"  # the query parameter that names the destination
LONGEST = 64  # characters of a name
TOOL = "transfer"  # the name of the tool of a transfer of which nothing else is known

STRANGE = Why(
    "its briefing is that of no call that is being transferred, or of another person's",
    "nothing, if a stranger asked, or an old webhook came late: it is not answered",
    "briefing",
)


async def call_ended(request: web.Request) -> web.Response:
    """Answer the end of a stream: with `<Dial>` if the call is handed over, else as `webhook.call_ended` does."""
    board, form = request.app[BOARD], await webhook.read(request)
    bridge = board.bridges.find(form.get("CallSid", ""), request.query.get(webhook.AFTER, ""))
    if bridge is None:
        return await webhook.call_ended(request)
    if not bridge.dial:
        if form.get("CallStatus", "") in GONE:
            board.bridges.settle(bridge, HandoverOutcome.CANCELED)
            bridge.dial = verbs.response(verbs.hangup())
        else:
            bridge.dial = _dial(board, bridge)
            board.bridges.rings(bridge)
    return webhook.xml(bridge.dial)


async def brief(request: web.Request) -> web.Response:
    """Answer a person who was rung: with the briefing, and to the key by letting the caller in.

    Raises HTTP 403, counted as a refusal, for another leg than the first that has asked.
    """
    board, form = request.app[BOARD], await webhook.read(request)
    bridge = board.bridges.of(request.match_info["token"])
    if bridge is None or not bridge.is_of(form.get("CallSid", ""), form.get("ParentCallSid", "")):
        raise board.refuse(request, web.HTTPForbidden(), Refusal.TOKEN, STRANGE)
    if bridge.answer:
        return webhook.xml(verbs.response(verbs.hangup()))  # the caller has gone back
    if "Digits" not in form:
        return webhook.xml(_briefing(board, bridge))
    if form["Digits"] != ACCEPT:
        return webhook.xml(verbs.response(verbs.hangup()))
    bridge.accepted = True
    board.bridges.settle(bridge, HandoverOutcome.ANSWERED)
    return webhook.xml(verbs.response())


async def sound(request: web.Request) -> web.Response:
    """Serve the sound of a briefing, whose address is known to Twilio alone.

    Raises HTTP 404, counted as a refusal, if there is none.
    """
    board = request.app[BOARD]
    bridge = board.bridges.of(request.match_info["token"])
    if bridge is None or not bridge.handed.sound:
        raise board.refuse(request, web.HTTPNotFound(), Refusal.TOKEN, STRANGE)
    return web.Response(body=bridge.handed.sound, content_type="audio/wav")


async def returned(request: web.Request) -> web.Response:
    """Answer the end of the ringing: the call is over if the two were connected, else the agent has it back.

    Raises HTTP 400 without a CallSid, 404 for an unknown agent, counted as refusals.
    """
    board, form = request.app[BOARD], await webhook.read(request)
    bridge, call_sid = board.bridges.of(request.match_info["token"]), form.get("CallSid", "")
    if not CALL_SID.fullmatch(call_sid):
        raise board.refuse(request, web.HTTPBadRequest(text="no CallSid"), Refusal.CALL_SID)
    if bridge is None or bridge.entry.call_sid != call_sid:
        return webhook.xml(_unknown(board, request, form))
    if not bridge.answer:
        outcome = bridge.outcome_of(form)
        board.bridges.settle(bridge, outcome)
        bridge.answer = verbs.response(verbs.hangup())
        if outcome not in (HandoverOutcome.ANSWERED, HandoverOutcome.CANCELED):
            entry = board.bridges.reopen(bridge, outcome)
            bridge.answer = verbs.response(webhook.connection(board, entry))
    return webhook.xml(bridge.answer)


def _dial(board: Switchboard, bridge: Bridge) -> str:
    destination, entry = bridge.handed.destination, bridge.entry
    query = webhook.query(board, entry, **{NAME: destination.name})
    return verbs.response(
        verbs.dial(
            destination.number,
            action=f"{board.base_url}{webhook.RETURNED_PATH}/{bridge.token}{query}",
            timeout=destination.ring,
            caller_id=entry.called,
            brief=f"{board.base_url}{webhook.BRIEF_PATH}/{bridge.token}" if destination.accept else "",
        )
    )


def _briefing(board: Switchboard, bridge: Bridge) -> str:
    language = bridge.entry.agent.config.language
    said = verbs.say(briefing.words(bridge.handed, language), language)
    if bridge.handed.sound:
        said = verbs.play(f"{board.base_url}{webhook.BRIEFING_PATH}/{bridge.token}")
    return verbs.response(verbs.gather(said, keys=1, timeout=GATHER), verbs.hangup())


def _unknown(board: Switchboard, request: web.Request, form: webhook.Form) -> str:
    """Return the answer to a caller of whose transfer nothing is known, as its server was lost: an agent if it can."""
    call_sid, token = form["CallSid"], request.match_info["token"]
    if (known := board.registry.entries.get(call_sid)) is not None:
        return known.twiml if known.before == token else verbs.response(verbs.hangup())
    outcome = outcome_of(form, None)
    if outcome in (HandoverOutcome.ANSWERED, HandoverOutcome.CANCELED):
        return verbs.response(verbs.hangup())
    caller, called = webhook.parties(form)
    try:
        agent = board.agent_for(called, request.query.get(webhook.AGENT))
        entry = None if board.closed else board.registry.reserve(call_sid, agent, caller=caller)
    except LookupError:
        raise board.refuse(request, web.HTTPNotFound(text="no agent has this name"), Refusal.AGENT) from None
    except (Full, OverLimit):
        entry = None
    if entry is None:
        return webhook.apology(board, request, form)
    destination = Destination(name=request.query.get(NAME, "")[:LONGEST], number="")
    entry.called, entry.before = called, token
    entry.memory = came_back(Handed(destination=destination, tool=TOOL), outcome)
    entry.twiml = verbs.response(webhook.connection(board, entry))
    return entry.twiml
