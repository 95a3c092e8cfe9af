"""The handlers of Twilio's webhooks: an incoming call, the state of its stream, the end of its stream.

Source: https://www.twilio.com/docs/voice/twiml/stream
"""

from __future__ import annotations

import asyncio
from functools import partial
from urllib.parse import parse_qsl, quote, urlencode
from xml.etree.ElementTree import Element

from aiohttp import hdrs, web
from loguru import logger
from multidict import MultiDict

from pipeline.agent import Agent
from pipeline.server.caller_limits import Full, OverLimit
from pipeline.server.entry import Entry
from pipeline.server.http import unsigned
from pipeline.server.http.forgers import Unsigned
from pipeline.server.http.malformed import BROKEN
from pipeline.server.refusals import Why, other_account
from pipeline.server.switchboard import BOARD, Switchboard
from pipeline.twilio import verbs
from pipeline.twilio.messages import CALL_SID
from pipeline.twilio.signature import stream_url
from pipeline.vocabulary import OUR_FAULT, Refusal

FORM_TYPE = "application/x-www-form-urlencoded"
FIELDS = 200  # form fields that a webhook may have
GREETING = 60.0  # seconds that the stream has to start in after a greeting in the TwiML
AGENT = "agent"  # the query parameter that names the config
AFTER = "after"  # the one that names the transfer from which the stream's call came back
INCOMING_PATH = "/webhook/incoming_call"
# of transfers, whose tokens follow
BRIEF_PATH, BRIEFING_PATH, RETURNED_PATH = "/webhook/brief", "/static/briefing", "/webhook/returned"
GREETING_PATH = "/static/greeting_he.mp3"
STREAM_PATH = "/ws/twilio-media"

APOLOGY = {
    "he": ("he-IL", "סליחה, יש לנו תקלה. אנא נסו שוב מאוחר יותר."),
    "en": ("en-US", "We are sorry, something went wrong. Please try again later."),
}

NO_GREETING = Why(
    "the config has no greeting to be played by Twilio",
    "set `server.greeting_file` (and `server.twiml_play_greeting`), or nothing: the TwiML does not ask for it",
    "greeting",
)

Form = MultiDict[str]
FORM = web.RequestKey("form", MultiDict[str])  # of a request that was read


async def incoming_call(request: web.Request) -> web.Response:
    """Answer an incoming call with TwiML that opens its stream, or rejects it if no slot is free.

    Raises HTTP 400 without a CallSid, 403 for another account, 404 for an unknown agent, and those of `read`.
    """
    board, form = request.app[BOARD], await read(request)
    call_sid = form.get("CallSid", "")
    if not CALL_SID.fullmatch(call_sid):
        raise board.refuse(request, web.HTTPBadRequest(text="no CallSid"), Refusal.CALL_SID)
    account = form.get("AccountSid", "")
    if board.options.account_sid and account != board.options.account_sid:
        raise board.refuse(
            request, web.HTTPForbidden(), Refusal.ACCOUNT, other_account(account, board.options.account_sid)
        )
    return xml(_answer(board, call_sid, form, request))


async def stream_status(request: web.Request) -> web.Response:
    """Log the state of a stream as Twilio reports it, which is the only report of a failed handshake."""
    board, form = request.app[BOARD], await read(request)
    event, error = form.get("StreamEvent", "")[:40], form.get("StreamError", "")[:200]
    call_sid = form.get("CallSid", "")[:34]

    def write(more: int) -> None:
        again = f" ({more} more of calls that are not here in the last minute)" if more else ""
        logger.bind(call_sid=call_sid).warning("STREAM_STATUS {} {}{}", event, error, again)

    if not error:
        logger.bind(call_sid=call_sid).debug("STREAM_STATUS {}", event)
    elif board.registry.cause_of(call_sid) is not None:
        write(0)
    else:  # of another server, or made up: without an auth token any program may report
        board.reports.put("error", write)
    return web.Response(status=204)


async def call_ended(request: web.Request) -> web.Response:
    """Answer with TwiML that hangs up after the stream's end, with a spoken apology if it ended by our fault."""
    board, form = request.app[BOARD], await read(request)
    if board.registry.cause_of(form.get("CallSid", "")) not in OUR_FAULT:
        return xml(verbs.response(verbs.hangup()))
    return xml(apology(board, request, form))


def apology(board: Switchboard, request: web.Request, form: Form) -> str:
    """Return TwiML that says, in the language of the call's agent, that something went wrong."""
    language, words = APOLOGY.get(_language(board, request, form).split("-")[0], APOLOGY["en"])
    return verbs.response(verbs.say(words, language), verbs.hangup())


async def greeting(request: web.Request) -> web.StreamResponse:
    """Serve the greeting file of the config that `agent` names, else of the first; raises HTTP 404 without one."""
    board, name = request.app[BOARD], request.query.get(AGENT)
    agents = board.agents
    agent = next((it for it in agents if it.config.name == name), agents[0])
    if agent.config.server.greeting_file is None:
        raise board.refuse(request, web.HTTPNotFound(), Refusal.PATH, NO_GREETING)
    return web.FileResponse(agent.config.server.greeting_file)


async def read(request: web.Request) -> Form:
    """Return the posted form, its signature checked: once a request, through however many handlers it passes.

    Raises HTTP 400 for a malformed form or a body of another type, 403 for a wrong signature, 408 for a body that is
    not there in 5 seconds, 413 for one over 64 KiB; each is counted as a refusal.
    """
    if FORM not in request:
        request[FORM] = await _read(request)
    return request[FORM]


async def _read(request: web.Request) -> Form:
    board = request.app[BOARD]
    if hdrs.CONTENT_TYPE in request.headers and request.content_type != FORM_TYPE:
        raise board.refuse(request, web.HTTPBadRequest(), Refusal.CONTENT_TYPE)
    try:
        async with asyncio.timeout(board.options.limits.body):
            body = await request.read()
        form = MultiDict(
            parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
        )
    except TimeoutError:
        raise board.refuse(request, web.HTTPRequestTimeout(), Refusal.SLOW_BODY) from None
    except (ValueError, *BROKEN):
        raise board.refuse(request, web.HTTPBadRequest(), Refusal.BODY) from None
    except web.HTTPRequestEntityTooLarge as error:
        raise board.refuse(request, error, Refusal.BODY) from None
    if not board.signature.webhook(request, board.base_url, form):
        why, kind = partial(unsigned.why, board, request, form), unsigned.kind(request)
        raise board.refuse(request, Unsigned(), Refusal.SIGNATURE, why, kind)
    return form


def _answer(board: Switchboard, call_sid: str, form: Form, request: web.Request) -> str:
    registry, (caller, called) = board.registry, parties(form)
    if (known := registry.entries.get(call_sid)) is not None and known.twiml:
        return known.twiml  # a repeated webhook gets the same answer
    if known is None and registry.cause_of(call_sid) is not None:
        return _reject("rejected")
    try:
        agent = board.agent_for(called, request.query.get(AGENT))
    except LookupError:  # Twilio logs the error, and requests the number's fallback URL if it has one
        raise board.refuse(request, web.HTTPNotFound(text="no agent has this name"), Refusal.AGENT) from None
    greeted = agent.config.server.twiml_play_greeting
    if (closed := board.closed) is not None:
        board.refusals.add(request, closed)
        return _busy(agent)
    try:
        entry = registry.reserve(call_sid, agent, GREETING if greeted else 0.0, caller)
    except OverLimit as over:
        board.refusals.add(request, over.reason)
        return _busy(agent)
    except Full:
        board.refusals.add(request, Refusal.FULL)
        return _busy(agent)
    entry.called = called
    entry.twiml = _connect(board, entry, agent)
    return entry.twiml


def parties(form: Form) -> tuple[str, str]:
    """Return the number of the person on the line and that of the agent: of a call that was placed, From is ours.

    Source: https://www.twilio.com/docs/voice/twiml#request-parameters, `Direction`
    """
    sender, receiver = form.get("From", ""), form.get("To", "")
    return (receiver, sender) if form.get("Direction", "").startswith("outbound") else (sender, receiver)


def connection(board: Switchboard, entry: Entry) -> Element:
    """Return the verb that opens the next stream of a call."""
    return verbs.connect(
        f"{stream_url(board.base_url)}{STREAM_PATH}/{entry.token}",
        {"call_sid": entry.call_sid, "token": entry.secret},
        action=f"{board.base_url}/webhook/call_ended{query(board, entry, **{AFTER: entry.before})}",
        status=f"{board.base_url}/webhook/stream_status",
    )


def query(board: Switchboard, entry: Entry, **parameters: str) -> str:
    """Return the query of a webhook's address: the config, where there are several, and these that are not blank."""
    named = {} if len(board.agents) == 1 else {AGENT: entry.agent.config.name}
    found = named | {name: value for name, value in parameters.items() if value}
    return f"?{urlencode(found, quote_via=quote, safe='')}" if found else ""


def _connect(board: Switchboard, entry: Entry, agent: Agent) -> str:
    if agent.config.server.twiml_play_greeting:
        greeted = verbs.play(f"{board.base_url}{GREETING_PATH}{query(board, entry)}")
        return verbs.response(greeted, connection(board, entry))
    return verbs.response(connection(board, entry))


def _language(board: Switchboard, request: web.Request, form: Form) -> str:
    """Return the language of the agent that had the call; if a reload removed it, of the called number's agent."""
    name = request.query.get(AGENT)
    had = next((it for it in board.agents if it.config.name == name), None)
    return (had or board.agent_for(parties(form)[1])).config.language


def _busy(agent: Agent) -> str:
    """Return the answer to a caller for whom there is no slot: the config's words, or the busy tone."""
    if words := agent.config.server.busy.strip():
        return verbs.response(verbs.say(words, agent.config.language), verbs.hangup())
    return _reject("busy")


def _reject(reason: str) -> str:
    return verbs.response(verbs.reject(reason))


def xml(twiml: str) -> web.Response:
    """Return a response with TwiML."""
    return web.Response(text=twiml, content_type="text/xml")
