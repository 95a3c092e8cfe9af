"""The feed: rows of all calls, and one call in full, from its start or its middle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from pipeline.call import Call
from pipeline.config import Config
from pipeline.console.feed import VIEWERS, Viewer
from pipeline.server.app import Server
from pipeline.server.options import Limits
from tests.kit.alone import alone
from tests.kit.outside import until as until_true
from tests.kit.visitor import until, visited


@alone
async def test_an_overview_has_a_row_for_each_call() -> None:
    """With its state and figures, as long as it holds a slot."""
    async with visited() as (server, visitor):
        async with visitor.call() as peer, visitor.feed() as feed:
            await peer.talks()
            hello, (_, rows) = await until(feed, "rows")
            assert hello[0] == "hello" and hello[1]["format"] == 1
            (row,) = rows["calls"]
            assert (row["sid"], row["agent"], row["caller"], row["state"]) == (
                peer.call_sid,
                "parrot",
                "browser",
                "LISTENING",
            )
            assert rows["max_calls"] == server.board.agents[0].config.server.max_calls and not rows["draining"]
        await server.registry.idle()
        async with visitor.feed() as feed:
            assert (await until(feed, "rows"))[-1][1]["calls"] == []


@alone
async def test_a_call_is_watched_from_its_middle() -> None:
    """First all that was, then all that comes, its sound as levels, and its end; others see none of it."""
    async with visited() as (_, visitor), AsyncExitStack() as stack:
        peer = await stack.enter_async_context(visitor.call())
        await peer.talks()
        feed = await stack.enter_async_context(visitor.feed(peer.call_sid))
        call = (await until(feed, "call"))[-1][1]
        assert [event["what"] for event in call["events"]] == ["CallStarted"]
        assert [step["word"] for step in call["steps"]][:2] == ["TwilioSerializer", "Parrot"]
        await peer.press("2")
        seen = await until(feed, "events")
        (dtmf, fault) = seen[-1][1][-2:]
        assert (dtmf["what"], dtmf["frame"]["digit"], dtmf["place"]) == ("Dtmf", "•", 0)
        assert (fault["what"], fault["error"]) == ("fault", "RuntimeError")
        await peer.talks(2)
        levels = (await until(feed, "levels"))[-1][1]
        assert levels["way"] in ("in", "out") and len(levels["peaks"]) == 1
        await peer.say("stop")
        assert (await until(feed, "over"))[-1][1]["cause"] == "stop"


@alone
async def test_a_call_that_is_not_there_is_over() -> None:
    """It is told at once, with its cause if it is known."""
    async with visited() as (_, visitor), visitor.feed("CA" + 32 * "0") as feed:
        assert (await until(feed, "over"))[-1][1] == {"at": None, "cause": None}


@alone
async def test_words_that_are_not_logged_are_not_shown(agent: Callable[..., Config]) -> None:
    """With `log_words: false` the events come without them, also those before the viewer."""
    config = agent(["some secret words"], ["A secret answer."], {"log_words": False})
    async with visited(config) as (_, visitor), visitor.call() as peer, visitor.feed(peer.call_sid) as feed:
        await peer.press("7")
        seen = await until(feed, "events")
        call = next(data for name, data in seen if name == "call")
        assert call["words"] is False
        (dtmf,) = (each for each in seen[-1][1] if each["what"] == "Dtmf")
        assert dtmf["frame"] == {"digit": ""}


@alone
async def test_there_are_few_viewers_at_a_time() -> None:
    """One more is told so."""
    async with visited() as (_, visitor), AsyncExitStack() as stack:
        for _ in range(VIEWERS):
            await until(await stack.enter_async_context(visitor.feed()), "rows")
        async with visitor.client.get(f"{visitor.base}/api/feed") as answer:
            assert answer.status == 503 and "watch already" in (await answer.json())["error"]


def test_a_slow_viewer_is_told_what_it_lost() -> None:
    """The oldest deliveries go, and nothing waits for it."""

    async def main() -> bytes:
        viewer = Viewer()
        for number in range(60):
            viewer.put(b"%d " % number)
        return viewer.take()

    taken = asyncio.run(main())
    assert taken.startswith(b'event: lost\ndata: {"count":10}\n\n10 11 ') and taken.endswith(b"59 ")


@alone
async def test_feeds_leave_nothing_behind(agent: Callable[..., Config]) -> None:
    """Fifty feeds and listeners of one call, opened and closed: no watcher, listener, place or row is left of them."""
    async with visited(agent()) as (server, visitor):
        async with visitor.call() as peer:
            for number in range(50):
                async with visitor.feed(peer.call_sid) as feed:
                    await until(feed, "call")
                if number % 10 == 0:
                    async with visitor.client.ws_connect(f"{visitor.base}/api/calls/{peer.call_sid}/listen"):
                        pass
            call, (line,) = server.registry.entries[peer.call_sid].call, server.board.lines
            assert isinstance(call, Call)
            await until_true(lambda: not call.watchers and line.listen is None)
        await server.registry.idle()
        assert _left(server) == 0


@alone
async def test_a_call_that_never_starts_is_over() -> None:
    """For a page that waited for it."""
    async with visited(limits=Limits(start=0.2)) as (server, visitor):
        placed = await visitor.place()
        async with visitor.feed(placed["call_sid"]) as feed:
            assert (await until(feed, "over"))[-1][1] == {"at": None, "cause": "never_started"}
        assert _left(server) == 0


@alone
async def test_a_page_that_goes_before_its_call_begins_leaves_nothing() -> None:
    """Nothing is begun for it."""
    async with visited() as (server, visitor):
        placed = await visitor.place()
        async with visitor.feed(placed["call_sid"]) as feed:
            await until(feed, "rows")
        await until_true(lambda: _left(server) == 0)


def _left(server: Server) -> int:
    """The number of rows, which have the sockets, and of waiting watches that a server keeps for viewers."""
    calls = server.board.own_calls
    assert calls is not None
    return len(calls._rows) + sum(map(len, calls._early.values()))
