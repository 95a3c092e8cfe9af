"""The client: its key, its warm-up, and a server that is down."""

from __future__ import annotations

from typing import Any

import pytest
from loguru import logger

from pipeline.frames import ReplyEnded, ReplyText, Transcript
from pipeline.settings import Secret
from pipeline.standins.openai import Fault, OpenAi
from processors.asr.openai import OpenAiRecognizer
from processors.asr.openai.settings import OpenAiSettings
from processors.llm.openai.dialogue import OpenAiDialogue
from tests.kit.alone import run
from tests.kit.asking import KEY, ask, asking, script, settings, told
from tests.kit.bench import bench


@pytest.mark.parametrize(("key", "sent"), [(KEY, f"Bearer {KEY}"), ("", "Bearer none")])
def test_the_key_is_sent_to_the_server(key: str, sent: str) -> None:
    """A server that asks for none gets what the library insists on."""
    *_, server, _ = ask(script(), key=Secret(key))
    assert server.requests[0].headers["Authorization"] == sent


def test_a_warm_up_loads_what_the_first_call_would_wait_for() -> None:
    """One small request at the start, in a conversation's form, over the connection that the calls use."""

    async def main() -> None:
        async with asking(script(), warm_up=True) as (server, dialogue):
            assert len(server.requests) == 1 and told(server)[-1] == ("user", "Say: yes.")
            dialogue.put(Transcript(0, "what now"))
            await dialogue.until(ReplyEnded)
            assert len({it.peer for it in server.requests}) == 1

    run(main())


def test_a_server_that_is_down_keeps_nobody_from_starting(log: list[str]) -> None:
    """One warning says so, without the key."""

    async def main() -> None:
        async with OpenAi() as server:
            down = settings(server, warm_up=True)
        async with bench(OpenAiDialogue, down):
            pass
        async with asking(script(faults=[Fault(status=401)]), warm_up=True):
            pass

    run(main())
    assert len(log) == 2 and "start its server" in log[0]
    assert "small does not answer: no connection to http://127.0.0.1:" in log[0]
    assert "401 invalid_api_key" in log[1] and KEY not in log[1]


@pytest.mark.parametrize("stream", [False, True])
def test_a_recogniser_whose_server_is_down_says_so_at_the_start(log: list[str], stream: bool) -> None:
    """It asks nothing before the first caller speaks; elsewhere than on this machine nothing is tried."""

    async def main(address: str) -> None:
        down = OpenAiSettings(model="m", key=Secret(KEY), base_url=address, stream=stream)
        async with OpenAiRecognizer.share(down, (), "en-US"):
            pass

    async def gone() -> str:
        async with OpenAi() as server:
            return server.url

    address = run(gone())
    run(main(address))
    run(main("http://192.0.2.1/v1"))
    [line] = log
    assert f"SERVER_DOWN nothing answers at {address}: start its server" in line


def test_the_key_is_in_no_log() -> None:
    """Not even if the server repeats it, tracebacks and all."""
    lines: list[Any] = []
    sink = logger.add(lines.append, level="TRACE", diagnose=False, backtrace=True)
    try:
        for fault in (Fault(status=401), Fault(hang="first"), Fault(cut=90), Fault(status=500)):
            ask(script(always=fault), first_token=0.3)
    finally:
        logger.remove(sink)
    assert lines and not any(KEY in line for line in lines)


@pytest.mark.usefixtures("dead_proxy")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_proxy_leads_to_this_machine(host: str) -> None:
    """A server here is asked directly, whatever the environment has for the world."""

    async def main() -> list[str]:
        async with OpenAi(script("Good.")) as server:
            here = settings(server, base_url=server.url.replace("127.0.0.1", host))
            async with bench(OpenAiDialogue, here) as dialogue:
                dialogue.put(Transcript(0, "hello"))
                await dialogue.until(ReplyEnded)
                return [it.text for it in dialogue.of(ReplyText)]

    assert run(main()) == ["Good."]
