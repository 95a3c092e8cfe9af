"""Stand-ins for whatever providers a config names, and the config pointed at them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import ClientSession

from pipeline.config import Config
from pipeline.faults import UsageError
from pipeline.phone.script import Answer, AskFor, InterruptAfter, Say, WaitReply
from pipeline.standins.openai import Ask
from pipeline.standins.starting import dialogue, standing_in
from pipeline.tools.call.dial import call
from pipeline.tools.call.options import CallOptions
from tests.kit.chain import chain

SAID = (
    Say("one"),
    Answer("First."),
    WaitReply(),
    InterruptAfter(1.0, Say("two")),
    Answer("Second."),
    Say("three"),
)

CONFIG = chain(
    asr="asr.openai: {model: ear}",
    llm='llm.openai: {model: "", instructions: x}',
    tts="tts.google: {voice: en-US-Wavenet-A, cache: kept, fallback: [tts.openai: {model: voice, voice: alloy}]}",
)


def started(config: Config, work: Callable[..., Any] | None = None) -> tuple[dict[str, Any], list[str] | None]:
    """The settings of each step by its word, as they are while the stand-ins run."""

    async def main() -> tuple[dict[str, Any], list[str] | None]:
        async with standing_in(config, SAID) as ready:
            found = {step.word: step.settings for step in ready.steps}
            return found, await work(found) if work else None

    return asyncio.run(main())


def test_a_script_has_a_dialogue_in_it() -> None:
    """What is said has the answer that follows it, or none."""
    assert dialogue(SAID) == {"one": ["First."], "two": ["Second."]}


def test_a_script_has_uses_of_tools_in_it() -> None:
    """What follows on one is said once it has its result."""
    both, book = ("find", {"city": "Haifa"}), ("book", dict[str, Any]())
    asked = AskFor("A moment.", (both, book))
    said = (Say("one"), asked, AskFor("", (book,)), Answer("Old."), Answer("Done."))
    assert dialogue(said) == {"one": [Ask((both, book), "A moment."), Ask((book,)), "Done."]}


def test_a_tool_is_asked_for_until_it_has_a_result(config: Callable[..., Config]) -> None:
    """Then the script's next line is the reply."""
    said = (Say("one"), AskFor("", (("book", {"day": 1}),)), Answer("It is booked."))
    lines = [{"role": "user", "content": "one"}, {"role": "tool", "tool_call_id": "use000001", "content": "{}"}]

    async def main() -> Any:
        async with standing_in(config(CONFIG), said) as ready, ClientSession() as http:
            url = next(step.settings.base_url for step in ready.steps if step.word == "llm.openai")
            async with http.post(f"{url}/chat/completions", json={"model": "x", "messages": lines}) as answer:
                return (await answer.json())["choices"][0]

    assert asyncio.run(main())["message"]["content"] == "It is booked."


def test_every_provider_is_replaced(config: Callable[..., Config]) -> None:
    """Those that others fall back on, too; a model's name stays, and nothing of a stand-in is kept on disk."""
    found, _ = started(config(CONFIG))
    voice, mind = found["tts.google"], found["llm.openai"]
    assert voice.insecure and voice.endpoint.startswith("127.0.0.1:") and voice.cache == ""
    assert voice.fallback[0].settings.base_url == mind.base_url == found["asr.openai"].base_url
    assert mind.base_url.startswith("http://127.0.0.1:") and mind.model and mind.key
    assert found["asr.openai"].model == "ear" and voice.fallback[0].settings.model == "voice"


def test_a_question_is_answered_whatever_was_asked_before(config: Callable[..., Config]) -> None:
    """The last words count; what the script has no answer to is asked again."""

    async def ask(found: dict[str, Any]) -> list[str]:
        mind, said = found["llm.openai"], []
        async with ClientSession() as http:
            for words in ("two", "one two", "nothing like it"):
                body = {"model": "x", "messages": [{"role": "user", "content": words}]}
                async with http.post(f"{mind.base_url}/chat/completions", json=body) as answer:
                    said.append((await answer.json())["choices"][0]["message"]["content"])
        return said

    _, said = started(config(CONFIG), ask)
    assert said[:2] == ["Second.", "Second."] and said[2] not in ("First.", "Second.")


SERVICES = chain(
    """tools:
  - http: {name: find, about: x, get: "https://crm.example.com/a?b={c}", takes: {c: {}}, sample: [1]}
  - sms: {name: write, about: x, text: x}
  - hang_up
after: {send: [{url: "https://crm.example.com/hook"}]}
"""
)


def test_nothing_that_a_config_asks_or_tells_leaves_the_machine(config: Callable[..., Config]) -> None:
    """Services of tools and receivers of events are on loopback, and a message needs no account."""

    async def main() -> tuple[Any, Any, str]:
        async with standing_in(config(SERVICES), SAID) as ready:
            find, write, _ = (item.settings for item in ready.tools)
            async with ClientSession() as http, http.get(find.get.replace("{c}", "2")) as answer:
                assert await answer.json() == [1] and find.internal
            return find.get, write, ready.after.send[0].url

    asked, write, told = asyncio.run(main())
    assert asked.startswith("http://127.0.0.1:") and asked.endswith("/find/a?b={c}")
    assert write.api.startswith("http://127.0.0.1:") and not list(write.lacks())
    assert told.startswith("http://127.0.0.1:")


def test_a_config_without_providers_stays_as_it_is(agent: Callable[..., Config]) -> None:
    """There is nothing to replace."""
    found, _ = started(agent())
    assert found == {step.word: step.settings for step in agent().steps}


def test_an_agent_elsewhere_has_its_own_providers() -> None:
    """It is no config that could be pointed at stand-ins."""
    with pytest.raises(UsageError, match="--stand-ins"):
        asyncio.run(call(CallOptions(target="http://127.0.0.1:9", stand_ins=True)))
