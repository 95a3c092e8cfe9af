"""Actions on a call under way: its reply is stopped, it is hung up, it is listened to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

from aiohttp import WSMsgType

from pipeline import audio
from pipeline.config import Config
from pipeline.console.actions import pieces
from tests.kit.alone import alone
from tests.kit.peer import SOUND
from tests.kit.visitor import until, visited

GREETING = "This greeting is long enough to be stopped before its end is near, and so it is stopped."


@alone
async def test_a_reply_is_stopped_and_it_is_the_callers_turn(agent: Callable[..., Config]) -> None:
    """The line is cleared, the words heard are told, and no barge-in is counted."""
    config = agent(changes={"greeting.text": GREETING, "greeting.after": "0.1s"})
    async with visited(config) as (_, visitor), AsyncExitStack() as stack:
        peer = await stack.enter_async_context(visitor.call())
        feed = await stack.enter_async_context(visitor.feed(peer.call_sid))
        await peer.speak(sound=audio.SILENCE)
        await asyncio.wait_for(_states(feed, "SPEAKING"), 5)
        assert await visitor.post(f"/api/calls/{peer.call_sid}/interrupt") == 204
        await asyncio.wait_for(_states(feed, "LISTENING"), 5)
        (row,) = (await until(feed, "rows"))[-1][1]["calls"]
        assert (row["barge_ins"], row["state"]) == (0, "LISTENING")
        assert await visitor.post(f"/api/calls/{peer.call_sid}/interrupt") == 204  # nothing to stop


@alone
async def test_both_sides_are_listened_to() -> None:
    """Each piece of sound with the byte of its side, until the call ends, which closes the listener."""
    async with visited() as (_, visitor), visitor.call() as peer:
        await peer.talks()
        async with visitor.client.ws_connect(f"{visitor.base}/api/calls/{peer.call_sid}/listen") as ws:
            await peer.talks(2)
            heard = {bytes(await ws.receive_bytes()) for _ in range(2)}
            assert heard == {b"\0" + SOUND, b"\1" + SOUND}
            await peer.say("stop")
            assert (await ws.receive()).type in (WSMsgType.CLOSE, WSMsgType.CLOSED)


@alone
async def test_a_call_that_has_ended_cannot_be_acted_on() -> None:
    """Neither can one that never was."""
    async with visited() as (server, visitor):
        async with visitor.call() as peer:
            await peer.talks()
        await server.registry.idle()
        for sid in (peer.call_sid, "CA" + 32 * "0", "x"):
            for action in ("interrupt", "hangup"):
                assert await visitor.post(f"/api/calls/{sid}/{action}") == 404


def test_a_delivery_is_cut_into_its_pieces() -> None:
    """A `clear` is a piece without sound."""
    batch = b"\0\0\2ab" + b"\2\0\0" + b"\1\0\1c"
    assert list(pieces(batch)) == [b"\0ab", b"\2", b"\1c"]


async def _states(feed: AsyncIterator[tuple[str, Any]], wanted: str) -> None:
    """Read a feed until the call has changed to this state."""
    async for name, data in feed:
        if name == "events" and any(each["what"] == "state" and each["now"] == wanted for each in data):
            return
