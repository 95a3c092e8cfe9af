"""The opening of a media stream: its messages up to `start`, and the check that it belongs to its call.

Until `start` a stream uses no memory but its socket's.
"""

from __future__ import annotations

import hmac

from aiohttp import WSMsgType

from pipeline.agent import Agent
from pipeline.server.caller_limits import Full
from pipeline.server.entry import Entry
from pipeline.server.refusals import Why, other_account
from pipeline.server.registry import Taken
from pipeline.server.stream.socket import MediaSocket
from pipeline.server.switchboard import Switchboard
from pipeline.twilio import messages
from pipeline.vocabulary import Cause, Refusal

JUNK = 20  # malformed messages before `start` that close the stream
EARLY = 50  # media messages before `start` that close it


class StreamRefused(Exception):
    """A stream is refused; carries the WebSocket close code, the reason to count, and the text of the close frame.

    `why` is its cause for the log; without it, the reason's own.
    """

    def __init__(self, code: int, reason: Refusal, text: str, why: Why | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.reason = reason
        self.why = why


async def opening(line: MediaSocket) -> tuple[messages.Start, bytes] | None:
    """Wait for `start`, and return it with its bytes; None if the peer closes first.

    Raises StreamRefused for too many malformed or early messages.
    """
    junk = early = 0
    async for message in line.ws:
        if message.type is WSMsgType.ERROR:
            return None
        try:
            told = _parse(message.type, message.data)
        except messages.Refused as refused:
            junk += 1
            if junk == JUNK:
                raise StreamRefused(1007, refused.reason, "too many messages refused") from None
            continue
        if told.event == "start" and told.start is not None:
            return told.start, message.data
        early += told.event == "media"
        if early == EARLY:
            raise StreamRefused(1008, Refusal.EARLY_MEDIA, "media before start")
    return None


def _parse(kind: WSMsgType, data: bytes) -> messages.Inbound:
    if kind is not WSMsgType.TEXT:
        raise messages.Refused(Refusal.BINARY)
    return messages.parse(data)


def enrol(board: Switchboard, line: MediaSocket, entry: Entry | None, start: messages.Start) -> Entry:
    """Attach the stream to its call's slot, and return the entry; without one, the stream gets a new slot.

    Raises StreamRefused for a wrong account, sid, secret or media format, an unknown agent, a call that has a live
    stream, or if no slot is free.
    """
    call_sid = start.call_sid or start.custom_parameters.get("call_sid", "")
    _check_identity(board, entry, start, call_sid)
    agent = entry.agent if entry is not None else _agent(board, start)
    try:
        entry = board.registry.mark_start(call_sid, agent, line)
    except Taken:
        raise StreamRefused(1008, Refusal.TAKEN, "this call has a stream") from None
    except Full:
        raise StreamRefused(1013, Refusal.FULL, "no slot is free") from None
    if start.media_format != messages.MediaFormat():
        board.registry.release(entry, Cause.MEDIA_FORMAT)
        raise StreamRefused(1003, Refusal.MEDIA_FORMAT, f"{start.media_format} instead of {messages.MediaFormat()}")
    return entry


def _agent(board: Switchboard, start: messages.Start) -> Agent:
    """Return the agent of a stream without a webhook: the one that its parameter `agent` names, else the first.

    Raises StreamRefused for an unknown name.
    """
    name = start.custom_parameters.get("agent")
    try:
        return board.agents[0] if name is None else board.named(name)
    except LookupError:
        raise StreamRefused(1008, Refusal.AGENT, "no agent has this name") from None


def _check_identity(board: Switchboard, entry: Entry | None, start: messages.Start, call_sid: str) -> None:
    account = board.options.account_sid
    if account and start.account_sid != account:
        raise StreamRefused(
            1008, Refusal.ACCOUNT, "another account", other_account(start.account_sid, account, "upgrade")
        )
    if not messages.CALL_SID.fullmatch(call_sid) or not messages.STREAM_SID.fullmatch(start.stream_sid):
        raise StreamRefused(1008, Refusal.CALL_SID, "no CallSid or no StreamSid")
    if entry is None:
        return
    secret = start.custom_parameters.get("token", "").encode()
    if entry.cause or entry.call_sid != call_sid or not hmac.compare_digest(secret, entry.secret.encode()):
        raise StreamRefused(1008, Refusal.SECRET, "this stream belongs to another call")
