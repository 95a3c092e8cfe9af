"""The media stream: one WebSocket, from the upgrade to the end of its call.

Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

from __future__ import annotations

import asyncio

from aiohttp import WebSocketError, WSMsgType, web

from pipeline import wire
from pipeline.agent import finish
from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.frames import WireMessage
from pipeline.server.line import Line
from pipeline.server.opening import Refusal, enrol, opening
from pipeline.server.registry import Entry
from pipeline.server.switchboard import BOARD, Switchboard

UNSTARTED = 200  # sockets that may be open without a `start`
BINARY = 20  # binary frames in a call
RATE, BURST = 75, 1000  # messages a second, and how many may come at once; Twilio sends 50
PING = 20.0  # seconds without a byte, after which the peer is asked whether it lives
ENDINGS = (1000, 1001, 1005)  # close codes of a peer that meant to go


async def media(request: web.Request) -> web.StreamResponse:
    """Take a media stream."""
    board = request.app[BOARD]
    ws = web.WebSocketResponse(
        protocols=(wire.SUBPROTOCOL,),
        compress=False,
        decode_text=False,
        max_msg_size=wire.MAX_MESSAGE,
        heartbeat=PING,
        autoclose=False,
        timeout=board.options.limits.closing,
    )
    entry = _admit(board, request, ws)
    line = Line(ws, request, board.options.limits)
    await ws.prepare(request)
    board.lines.add(line)
    try:
        await _take(board, line, entry)
    finally:
        board.lines.discard(line)
        await line.closed()
    return ws


def _admit(board: Switchboard, request: web.Request, ws: web.WebSocketResponse[bool]) -> Entry | None:
    """Before the upgrade: whether it may be made, and the call whose webhook announced it."""
    if not ws.can_prepare(request):
        raise board.refuse(web.HTTPBadRequest(text="a WebSocket is expected here"), "protocol")
    if not board.signature.upgrade(request, board.base_url):
        raise board.refuse(web.HTTPForbidden(), "signature")
    if len(board.unstarted) >= UNSTARTED:
        raise board.refuse(web.HTTPServiceUnavailable(), "unstarted")
    token = request.match_info.get("token", "")
    entry = board.registry.claim(token) if token else None
    if entry is None and (token or board.options.auth_token):
        raise board.refuse(web.HTTPForbidden(), "token")
    if entry is None and board.draining:
        raise board.refuse(web.HTTPServiceUnavailable(), "draining")
    return entry


async def _take(board: Switchboard, line: Line, entry: Entry | None) -> None:
    board.unstarted.add(line)
    try:
        async with asyncio.timeout(board.options.limits.start):
            start = await opening(line)
        if start is None:
            return
        entry = enrol(board, line, entry, start[0])
    except TimeoutError:
        board.metrics.refused("no_start")
        line.close(1008, "no start")
        return
    except Refusal as refusal:
        board.metrics.refused(refusal.reason)
        line.close(refusal.code, str(refusal))
        return
    finally:
        board.unstarted.discard(line)
    await _converse(board, line, entry, *start)


async def _converse(board: Switchboard, line: Line, entry: Entry, start: wire.Start, data: bytes) -> None:
    """The call, from its chain's making to its end."""
    call, reason = _call(board, line, entry, start), "faults"
    try:
        chain = entry.agent.answer(call)
        try:
            reason = await _relay(line, chain, entry, data)
        finally:
            line.close(1000, call.cause)
            await finish(chain, reason)
    finally:
        now = call.loop.time()
        call.ended(reason)
        board.registry.release(entry, call.cause)
        if line.record is not None:
            line.record.close(now, call.cause)
        call.log.info("WS_DONE sid={} rx={} tx={}", start.stream_sid, call.rx, call.tx)
        call.log.info("CALL_ENDED cause={} seconds={:.1f} faults={}", call.cause, now - call.started, call.faults)


def _call(board: Switchboard, line: Line, entry: Entry, start: wire.Start) -> Call:
    config, loop = entry.agent.config, board.registry.loop
    line.record = board.recorder.open(config.record, entry.call_sid, loop.time(), config, entry.caller, entry.called)
    recording = (line.record.event,) if line.record is not None else ()
    call = entry.call = line.call = Call(
        entry.call_sid,
        line,
        loop,
        stream_sid=start.stream_sid,
        language=config.language,
        caller=entry.caller,
        called=entry.called,
        config=config.name,
        log_words=config.log_words,
        watchers=(board.metrics.watcher(), *recording, *board.watchers),
    )
    return call


async def _relay(line: Line, chain: Chain, entry: Entry, opening: bytes) -> str:
    """Pass Twilio's messages to the chain until the stream ends; gives back why it did."""
    call, now, record, flow, rx = chain.call, chain.loop.time, line.record, Flow(chain.loop.time()), 0
    if record is not None:
        record.message(now(), "in", opening)
    chain.put(WireMessage(opening))
    async for message in line.ws:
        if message.type is WSMsgType.ERROR:
            return "refused" if isinstance(message.data, WebSocketError) else "lost"
        if message.type is not WSMsgType.TEXT:
            _odd(line, call)
        else:
            if record is not None:
                record.message(now(), "in", message.data)
            chain.put(WireMessage(message.data))
            if call.rx != rx:
                rx, entry.media_at = call.rx, now()
            if b'"stop"' in message.data and _is_stop(message.data):
                return "stop"
        if flow.floods(now()):
            line.reject(1008, "too many messages")
        if line.closing:
            break
    return "closed" if line.ws.close_code in ENDINGS else "lost"


class Flow:
    """How many messages come: a bucket that leaks 75 a second and holds 1000. `now` is loop time."""

    def __init__(self, now: float) -> None:
        self._level, self._last = 0.0, now

    def floods(self, now: float) -> bool:
        """Whether one more is too many."""
        self._level = max(0.0, self._level - RATE * (now - self._last)) + 1.0
        self._last = now
        return self._level > BURST


def _odd(line: Line, call: Call) -> None:
    if call.refuse("binary") == BINARY:
        line.reject(1003, "binary frames")


def _is_stop(data: bytes) -> bool:
    try:
        return wire.parse(data).event == "stop"
    except wire.Refused:
        return False
