from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from pipeline.phone.phone import place_call
from pipeline.phone.script import Wait, WaitAudio
from tests.kit.alone import run
from tests.kit.answering import MEDIA, VANISH, WORDS, Agent, when


@pytest.mark.parametrize(
    "url, words",
    [
        ("ws://{}/nowhere", "Twilio 31920: ws://{}/nowhere answered 404"),
        ("ws://{}/page", "Twilio 31920: ws://{}/page answered 200"),
        ("ws://127.0.0.1:1/", "Twilio 31901: ws://127.0.0.1:1/ could not be reached"),
        ("http://127.0.0.1:1/", "Twilio 11205: http://127.0.0.1:1/webhook/incoming_call could not be reached"),
        ("ftp://{}/", "ftp://{}/ is not a URL that can be dialled"),
        ("hello", "hello is not a URL that can be dialled"),
        ("http://[", "http://[ is not a URL"),
    ],
)
def test_an_agent_that_cannot_be_reached_is_one_clear_sentence(url: str, words: str) -> None:
    """Nobody there, nothing there, or no WebSocket."""

    async def main() -> None:
        async with Agent().serve() as agent:
            result = await place_call(url.format(agent.url), [Wait(1)])
        assert not result.ok and result.error.startswith(words.format(agent.url)), result.error

    run(main())


async def vanish(ws: Any, messages: Any) -> Any:
    return VANISH


ENDINGS: dict[str, tuple[Any, ...]] = {
    "hang up": (lambda ws, messages: ws.close(), [Wait(5)], None, 1000),
    "hang up early": (lambda ws, messages: ws.close(), [Wait(5), WORDS], "the agent hung up (step 1", 1000),
    "fail": (lambda ws, messages: ws.close(code=1011, message=b"oh"), [Wait(5)], "code 1011 oh", 1011),
    "vanish": (vanish, [Wait(5)], "Twilio 31903", 1006),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_an_agent_that_ends_the_call(how: str) -> None:
    """A clean close is an end, everything else an error that names what happened."""
    end, script, words, code = ENDINGS[how]

    async def main() -> None:
        async with Agent(when("media", 2, end)).serve() as agent:
            result = await place_call(f"ws://{agent.url}{MEDIA}", script)
        assert result.close_code == code
        assert result.ok if words is None else words in result.error

    run(main())


def test_a_reply_that_never_comes_fails_the_call() -> None:
    """The phone hangs up, and says for what it waited."""

    async def main() -> None:
        async with Agent().serve() as agent:
            result = await place_call(f"ws://{agent.url}{MEDIA}", [WORDS, WaitAudio(0.1)])
            await agent.ended.wait()
        assert result.error == "the agent did not answer within 0.1 s (step 2, WaitAudio, script)"
        assert agent.messages[-1]["event"] == "stop" and result.turns[0].audio is None

    run(main())


def test_a_call_is_over_at_its_limit() -> None:
    """Politely: `stop`, then close."""

    async def main() -> None:
        async with Agent().serve() as agent:
            result = await place_call(f"ws://{agent.url}{MEDIA}", [Wait(60)], limit=0.1)
            await agent.ended.wait()
        assert (result.ended_by, result.error) == ("limit", "the call took longer than 0.1 s")
        assert agent.messages[-1]["event"] == "stop"

    run(main())


def test_an_agent_that_never_answers_meets_the_limit() -> None:
    """Not even the handshake may hang."""

    async def main() -> None:
        gone = asyncio.Semaphore(0)

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()
            await writer.wait_closed()
            gone.release()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            for url in (f"ws://127.0.0.1:{port}/", f"http://127.0.0.1:{port}/"):
                result = await place_call(url, [Wait(60)], limit=0.1)
                assert (result.ended_by, result.error) == ("limit", "the call was not answered within 0.1 s")
                await gone.acquire()

    run(main())


def test_a_call_that_is_cancelled_leaves_nothing_behind() -> None:
    """The socket is closed, and no task is left."""

    async def main() -> None:
        speaking = asyncio.Event()

        async def talk(ws: web.WebSocketResponse, messages: list[dict[str, dict[str, Any] | str]]) -> None:
            speaking.set()

        async with Agent(talk).serve() as agent:
            call = asyncio.create_task(place_call(f"ws://{agent.url}{MEDIA}", [Wait(60)]))
            await speaking.wait()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await agent.ended.wait()

    run(main())
