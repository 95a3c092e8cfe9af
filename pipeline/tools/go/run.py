"""Place the four calls of the GO test, judge them, and print the verdicts."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import msgspec
from loguru import logger

from pipeline.config import Config
from pipeline.environment.variables import ACCOUNT_SID, AUTH_TOKEN, read, told
from pipeline.faults import UsageError
from pipeline.phone import script
from pipeline.phone.phone import CallResult, place_call
from pipeline.phone.script import Voice
from pipeline.server.app import running
from pipeline.server.options import Options, SettingError, public_url
from pipeline.terminal.paint import GREEN, RED, Paint, paint_on
from pipeline.terminal.progress import progress, say
from pipeline.tools.call.dial import agent_config, served, speak
from pipeline.tools.go.caller import actions, chosen, expectations, language, lines
from pipeline.tools.go.observed import AgentEvents, ObservedCall
from pipeline.tools.go.options import GoOptions
from pipeline.tools.go.steps import STEPS
from pipeline.tools.go.verdict import Verdict

LIMIT = 120.0  # seconds a call may take


async def go(options: GoOptions) -> int:
    """Run the test and print each verdict as its step ends; return the exit code.

    Raises UsageError for changes or stand-ins without a config, and for a public URL with one.
    """
    config = agent_config(options.target, options.changes)
    if config is None and (options.changes or options.stand_ins):
        raise UsageError("--set and --stand-ins change a config; an agent that runs elsewhere has its own")
    _check_public_url(options, config)
    paint = paint_on(sys.stdout)
    async with _reached(options, config) as (url, inside):
        verdicts = await judge(options, config, url, inside, None if options.as_json else partial(_tell, paint))
    failed = [str(verdict.step) for verdict in verdicts if verdict.state == "fail"]
    if options.as_json:
        print(msgspec.json.encode({"go": not failed, "steps": verdicts}).decode())
    else:
        unjudged = ", as far as it could be judged" if any(verdict.unjudged for verdict in verdicts) else ""
        print(paint(f"NO GO: step {', '.join(failed)}", RED) if failed else paint(f"GO{unjudged}", GREEN))
    return 1 if failed else 0


async def judge(
    options: GoOptions,
    config: Config | None,
    url: str,
    inside: AgentEvents | None,
    tell: Callable[[Verdict], None] | None = None,
) -> list[Verdict]:
    """Place the calls one after another and return the verdicts; a call without a stream is the last one."""
    said, expected = lines(options, config), expectations(options, config)
    verdicts, dial = list[Verdict](), _dialling(options, url, await _voice(options, config))
    with progress(len(chosen(options)), "calls") as bar:
        for number in chosen(options):
            step = STEPS[number - 1]
            result = await dial(step.script(said, expected), subprotocol=number == 1)
            heard = ObservedCall(result, await inside.taken() if inside is not None else None)
            verdicts.append(step.verdict(number, heard, expected))
            if tell is not None:
                tell(verdicts[-1])
            bar.advance()
            if not heard.reached:
                break
    return verdicts


def _check_public_url(options: GoOptions, config: Config | None) -> None:
    if not options.public_url:
        return
    if config is not None:
        raise UsageError("--public-url is for an agent that runs already: say its address, e.g. http://127.0.0.1:8080")
    asked = [url.partition("?")[2] for url in (options.target, options.public_url)]
    if all(asked) and asked[0] != asked[1]:
        raise UsageError(f"the target asks for ?{asked[0]} and --public-url for ?{asked[1]}: leave one of them out")
    try:
        public_url(options.public_url.partition("?")[0])
    except SettingError as error:
        raise UsageError(str(error).replace("PUBLIC_BASE_URL", "--public-url")) from None


@asynccontextmanager
async def _reached(options: GoOptions, config: Config | None) -> AsyncIterator[tuple[str, AgentEvents | None]]:
    """Yield the agent's address; a config's agent runs inside the block, and its events are collected."""
    if config is None:
        yield options.target, None
        return
    inside = AgentEvents()
    async with AsyncExitStack() as stack:
        stack.callback(logger.remove, inside.listen())
        ready = await stack.enter_async_context(served(config, options.stand_ins, actions(options, config)))
        server = await stack.enter_async_context(running([ready], Options(port=0, rehearsal=True), watch=inside.watch))
        inside.settled = server.registry.idle
        yield server.url, inside


def _dialling(options: GoOptions, url: str, voice: Voice) -> Callable[..., Awaitable[CallResult]]:
    return partial(
        place_call,
        url,
        token=options.token or told(AUTH_TOKEN) or None,
        account=read(ACCOUNT_SID) or None,
        public_url=options.public_url,
        limit=LIMIT,
        voice=voice,
    )


async def _voice(options: GoOptions, config: Config | None) -> Voice:
    words = script.words(actions(options, config))
    sounds = await speak(words, language(options, config)) if words else {}
    return sounds.__getitem__


def _tell(paint: Paint, verdict: Verdict) -> None:
    say(verdict.painted(paint), sys.stdout)
