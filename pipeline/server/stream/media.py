"""The handler of a media stream: one WebSocket, from the upgrade to the end of its call.

Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from aiohttp import WebSocketError, web

from pipeline.after.outbox import Kept
from pipeline.after.past_call import begun, over
from pipeline.after_call import AfterCall, working
from pipeline.agent import Agent, finish
from pipeline.call import Call, Count, Kind, Watcher
from pipeline.chain import Chain
from pipeline.config import Config
from pipeline.loop.deadline import in_time
from pipeline.memory import Memory
from pipeline.records.files import from_here
from pipeline.server.bridge import briefing
from pipeline.server.entry import Entry
from pipeline.server.refusals import Why
from pipeline.server.stream.admission import check_signature, check_upgrade, claim
from pipeline.server.stream.inbox import Stream
from pipeline.server.stream.opening import StreamRefused, enrol, opening
from pipeline.server.stream.relay import relay
from pipeline.server.stream.socket import MediaSocket
from pipeline.server.switchboard import BOARD, Switchboard
from pipeline.twilio import messages
from pipeline.vocabulary import Cause, Refusal

UNSTARTED = 200  # open sockets without a `start`, from which on upgrades are refused


async def media(request: web.Request) -> web.StreamResponse:
    """Upgrade a request to a media stream and run its call; returns when both have ended.

    Raises HTTP 400, 403 or 503, counted as a refusal, if the upgrade is not allowed.
    """
    return await _stream(request.app[BOARD], request, signed=True)


async def phone(request: web.Request) -> web.StreamResponse:
    """Do the same for a stream of the console's phone, whose session stands for Twilio's signature."""
    return await _stream(request.app[BOARD], request, signed=False)


async def _stream(board: Switchboard, request: web.Request, signed: bool) -> web.StreamResponse:
    ws = Stream(
        protocols=(messages.SUBPROTOCOL,),
        compress=False,
        decode_text=False,
        max_msg_size=messages.MAX_MESSAGE,
        autoclose=False,
        timeout=board.options.limits.closing,
    )
    entry = _admit(board, request, signed)
    line = MediaSocket(ws, request, board.options.limits, signed)
    await ws.prepare(request)
    board.lines.add(line)
    try:
        await _take(board, request, line, entry)
    finally:
        board.lines.discard(line)
        await line.closed()
        if ws.inbox.broken is not None:
            board.refusals.add(request, Refusal.FRAME, _broken(ws.inbox.broken))
    return ws


def _admit(board: Switchboard, request: web.Request, signed: bool) -> Entry | None:
    """Check a request before its upgrade, and return the entry of its webhook; raises HTTP 400, 403 or 503."""
    check_upgrade(board, request)
    if signed:
        check_signature(board, request)
    entry = claim(board, request)
    # A call that a webhook announced gets in however many strangers have sent no `start`: it holds a slot.
    if entry is None and len(board.unstarted) >= UNSTARTED:
        raise board.refuse(request, web.HTTPServiceUnavailable(), Refusal.UNSTARTED)
    return entry


def _broken(error: WebSocketError) -> Why:
    return Why(
        f"its stream broke the WebSocket protocol: {error}",
        "nothing, if a stranger connected; a proxy has to pass frames on unchanged",
    )


async def _take(board: Switchboard, request: web.Request, line: MediaSocket, entry: Entry | None) -> None:
    board.unstarted.add(line)
    try:
        async with in_time(board.options.limits.start):
            start = await opening(line)
        if start is None:
            return
        entry = enrol(board, line, entry, start[0])
    except TimeoutError:
        board.refusals.add(request, Refusal.NO_START)
        line.close(1008, "no start")
        return
    except StreamRefused as refused:
        board.refusals.add(request, refused.reason, refused.why)
        line.close(refused.code, str(refused))
        return
    finally:
        board.unstarted.discard(line)
    await _converse(board, line, entry, *start)


async def _converse(board: Switchboard, line: MediaSocket, entry: Entry, start: messages.Start, data: bytes) -> None:
    """Run a call from its chain's creation to its end; in the end its slot is free, and the work after it begins."""
    call, reason, chain = _call(board, line, entry, start), Cause.FAULTS, None
    kept = _outbox(board, line, call, entry.agent.config)
    try:
        with _Counted(call):
            chain = entry.agent.answer(call)
        if chain is not None:
            try:
                reason = await relay(line, chain, entry, data)
            finally:
                line.close(1000, call.cause)
                await finish(chain, reason)
            await briefing.prepare(entry.agent, call)
    finally:
        now = call.loop.time()
        await _release(board, entry, call, kept, reason)
        call.log.info("WS_DONE sid={} rx={} tx={}", start.stream_sid, call.rx, call.tx)
        call.log.info(
            "CALL_ENDED cause={} seconds={:.1f} faults={}{}", call.cause, now - call.started, call.faults, _kept(line)
        )
        work = _after_call(board, entry.agent, chain) if chain is not None else None
        if work is None:
            line.finished(now)
        else:
            board.after_calls.add(work, partial(line.finished, now))


def _outbox(board: Switchboard, line: MediaSocket, call: Call, config: Config) -> Kept | None:
    """Note in the outbox that a call has begun; None if nothing is sent after it."""
    if board.outbox is None or not call.acts or not config.after.send:
        return None
    folder = line.record.folder if line.record is not None else None
    return board.outbox.began(config.after.folder, begun(call, config, folder))


async def _release(board: Switchboard, entry: Entry, call: Call, kept: Kept | None, reason: str) -> None:
    """End a call, and free its slot once the outbox has its end."""
    call.ended(reason)
    try:
        if kept is not None and board.outbox is not None:
            await board.outbox.ended(kept, over(call, kept.began))
            if call.lasting:
                board.outbox.settle(kept, call.lasting, partial(over, call, kept.began))
    finally:
        board.left(entry, call)


class _Counted:
    """Ends its block at an error that the call has counted, and logged with its step: it is not raised."""

    def __init__(self, call: Call) -> None:
        self.call = call

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        return isinstance(error, Exception) and self.call.faults > 0


def _kept(line: MediaSocket) -> str:
    """Return the place of a call's record for the log; blank if it has none, or the disk has failed it."""
    if line.record is None or line.record.failed:
        return ""
    return f" record={from_here(line.record.folder)}"


def _after_call(board: Switchboard, agent: Agent, chain: Chain) -> AfterCall | None:
    """Start the steps' work after a call; in a rehearsal, only log that it is not done."""
    if not board.options.rehearsal:
        return agent.after_call(chain)
    if idle := working(chain):
        chain.call.log.info("AFTER_CALL not run, as the call is a rehearsal: {}", ", ".join(map(str, idle)))
    return None


def _call(board: Switchboard, line: MediaSocket, entry: Entry, start: messages.Start) -> Call:
    config, loop = entry.agent.config, board.registry.loop
    recording = _recording(board, line, entry)
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
        redact=config.redact,
        acts=board.options.acts and line.signed,
        watchers=(*recording, *board.watchers),
        counts=_counts(board, entry),
        memory=Memory.decode(entry.memory) if entry.memory else Memory(),
    )
    if board.own_calls is not None:
        board.own_calls.began(call, line)
    return call


def _recording(board: Switchboard, line: MediaSocket, entry: Entry) -> tuple[Watcher, ...]:
    """Open the record of a call, if it has one, and return its watcher."""
    line.record = board.record(entry, board.registry.loop.time())
    if line.record is None:
        return ()
    line.listens(line.record.message)
    return (line.record.event,)


def _counts(board: Switchboard, entry: Entry) -> Mapping[Kind, Count]:
    counts = board.metrics.counts()
    return counts if board.own_calls is None else board.own_calls.counts(entry, counts)
