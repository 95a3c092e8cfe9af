"""`--stand-ins`: a server on loopback for every provider that a config names, and the config pointed at them.

The stand-in recognisers understand the words of the caller's script, one text a turn; the stand-in model gives the
script's answers, and asks for the tools between them. One more server stands for the services that tools ask, and for
the receivers of what is sent after a call, so that nothing leaves this machine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
from loguru import logger

from pipeline.catalog.spec import Step, fallbacks
from pipeline.catalog.tools import ToolItem, ToolItems
from pipeline.config import Config
from pipeline.config.after_settings import AfterSettings
from pipeline.phone import script
from pipeline.phone.script import Action, Answer, AskFor, Script
from pipeline.server.address import Address
from pipeline.server.app import ALONE, Console, serve
from pipeline.server.options import Workers
from pipeline.settings import Secret
from pipeline.standins.openai.script import Ask, Reply, step_of
from pipeline.text import phrase

HEARD = ("hello",)  # transcripts for a script without words
KEY = Secret("stand-in")
AFTER = "-"  # the receivers of events: no tool has this name
OPENAI = ("asr.openai", "llm.openai", "tts.openai")

Servers = dict[str, dict[str, Any]]  # a step's word → the fields that point it at its stand-in


@asynccontextmanager
async def standing_in(config: Config, said: Script) -> AsyncIterator[Config]:
    """Run stand-ins for a config's providers inside the block, and yield the config pointed at them."""
    named = {each.word for step in config.steps for each in (step, *fallbacks(step))}
    async with AsyncExitStack() as stack:
        servers = await _start(stack, named, tuple(said), phrase("unheard", config.language))
        tools, after, asking = await _services(stack, config)
        if stood := sorted(servers) + asking:
            logger.info("STAND_INS for {}", ", ".join(stood))
        steps = tuple(pointed(step, servers) for step in config.steps)
        yield msgspec.structs.replace(config, steps=steps, tools=tools, after=after)


async def serve_standing_in(
    configs: Sequence[Config],
    host: str | None,
    port: int | None,
    admin: Address | None,
    workers: Workers = ALONE,
    console: Console | None = None,
    unsigned: bool = False,
) -> int:
    """Answer calls until SIGTERM or SIGINT, with stand-ins that know each config's caller; returns the exit code."""
    async with AsyncExitStack() as stack:
        pointed = []
        for config in configs:
            said = script.load(config.caller) if config.caller is not None else ()
            pointed.append(await stack.enter_async_context(standing_in(config, said)))
        return await serve(
            pointed,
            host=host,
            port=port,
            admin=admin,
            workers=workers,
            rehearsal=True,
            unsigned=unsigned,
            console=console,
        )


def pointed(step: Step, servers: Servers) -> Step:
    """Return a step, and its fallbacks, with the stand-ins' addresses; speech of a stand-in is not cached on disk."""
    fields = {**servers.get(step.word, {})}
    if "model" in fields:
        fields["model"] = step.settings.model or fields["model"]
    if any(fallbacks(step)):
        fields["fallback"] = tuple(pointed(each, servers) for each in step.settings.fallback)
    if fields and hasattr(step.settings, "cache"):
        fields["cache"] = ""
    return msgspec.structs.replace(step, settings=msgspec.structs.replace(step.settings, **fields)) if fields else step


def dialogue(said: Script) -> dict[str, list[Reply]]:
    """Return the replies to each text that a script's caller says: one, but for those that ask for tools before it."""
    found: dict[str, list[Reply]] = {}
    replies: list[Reply] = []
    for action in said:
        if isinstance(action, Answer):
            if replies and isinstance(replies[-1], str):  # of two answers the last counts
                replies.pop()
            replies.append(Ask(action.uses, action.text) if isinstance(action, AskFor) else action.text)
        elif spoken := script.words([action]):
            replies = found.setdefault(spoken[0], [])
            replies.clear()
    return {words: told for words, told in found.items() if told}


async def _services(stack: AsyncExitStack, config: Config) -> tuple[ToolItems, AfterSettings, list[str]]:
    """Start a stand-in for the services of tools, and point the tools and the receivers at it; with the tools' names.

    It is started only if one of them asks a service.
    """
    samples = {item.names[0]: found for item in config.tools if (found := item.kind.sample(item.settings)) is not None}
    if not samples and not config.after.send:
        return config.tools, config.after, []
    from pipeline.standins import web

    server = await stack.enter_async_context(web.Web())
    there = {name: server.address(name, sample) for name, sample in samples.items()}
    tools = tuple(_at(item, there[item.names[0]]) if item.names[0] in there else item for item in config.tools)
    receivers = [msgspec.structs.replace(each, url=server.address(AFTER, None)) for each in config.after.send]
    return tools, msgspec.structs.replace(config.after, send=receivers), list(there)


def _at(item: ToolItem, url: str) -> ToolItem:
    return msgspec.structs.replace(item, settings=item.kind.pointed(item.settings, url))


async def _start(stack: AsyncExitStack, named: set[str], said: tuple[Action, ...], unknown: str) -> Servers:
    servers: Servers = {}
    answers, heard = dialogue(said), tuple(script.words(said)) or HEARD

    def reply(messages: list[dict[str, Any]]) -> Reply:
        asked = next((str(line["content"]) for line in reversed(messages) if line["role"] == "user"), "")
        # A caller may have asked two things in one go: the last one counts.
        told = next((told for words, told in answers.items() if words and asked.endswith(words)), ())
        return step_of(told, messages) or unknown

    # imported here: each loads its provider's library
    if "asr.google" in named:
        from pipeline.standins import google_speech as speech

        ear = await stack.enter_async_context(speech.GoogleSpeech(speech.Script(say=heard)))
        servers["asr.google"] = {"endpoint": ear.target, "insecure": True, "credentials": None}
    if "tts.google" in named:
        from pipeline.standins import google_tts as tts

        voice = await stack.enter_async_context(tts.GoogleTts())
        servers["tts.google"] = {"endpoint": voice.target, "insecure": True, "credentials": None}
    if named & set(OPENAI):
        from pipeline.standins import openai

        mind = await stack.enter_async_context(openai.OpenAi(openai.Script(replies=reply, heard=heard)))
        fields: dict[str, Any] = {"base_url": mind.url, "key": KEY, "model": "stand-in"}
        servers |= {word: fields for word in OPENAI if word in named}
    return servers
