"""`go`: place the four calls, judge them, and say what to do."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec
from loguru import logger

from pipeline.catalog import find
from pipeline.config import Config
from pipeline.faults import UsageError
from pipeline.phone import script
from pipeline.phone.phone import place_call
from pipeline.phone.script import Action, Answer, InterruptAfter, Pcm, Say, Voice, Wav
from pipeline.server.app import running
from pipeline.server.options import Options
from pipeline.text import Phrases
from pipeline.tools.call.dial import Dialling, served, speak
from pipeline.tools.go.heard import Expected, Heard, Inside
from pipeline.tools.go.steps import STEPS, Line
from pipeline.tools.go.verdict import Verdict

SAID = {  # by a caller who was not told what to say
    "en": (
        "Hello, I am looking for an apartment.",
        "Three rooms, please.",
        "In Tel Aviv.",
        "Call me tomorrow at five.",
    ),
    "he": ("שלום, אני מחפש דירה", "שלושה חדרים בבקשה", "בתל אביב", "תתקשרו אליי מחר בחמש"),
}
INTRODUCTIONS = ("my name is", "i specialise in", "i specialize in")  # besides those of `intro_filter`


class Going(Dialling, frozen=True, kw_only=True):
    """What `go` was told: `greeting` says whether a quiet caller shall be greeted, None to ask the config."""

    greeting: bool | None = None
    steps: tuple[int, ...] = ()  # to take, from 1; empty: all
    patience: float = 15.0  # seconds that the caller waits for an answer
    language: str = ""  # that the caller speaks, a BCP 47 tag; empty: the config's

    @classmethod
    def told(cls, options: Namespace) -> Going:
        """What the command line says."""
        return cls(
            target=options.target,
            wavs=tuple(options.wav),
            say=tuple(options.say),
            script=options.script,
            as_json=options.json,
            changes=tuple(options.set),
            token=options.token or os.environ.get("TWILIO_AUTH_TOKEN"),
            stand_ins=options.stand_ins,
            greeting=None if options.greeting is None else options.greeting == "yes",
            steps=tuple(options.step),
            patience=options.patience,
            language=options.language,
        )

    def actions(self, config: Config | None) -> tuple[Action, ...]:
        """All that is said in all steps, for stand-ins to hear and to answer."""
        lines, expected = self.lines(config), self.expected(config)
        return tuple(action for number in self.chosen() for action in STEPS[number - 1].script(lines, expected))

    def chosen(self) -> tuple[int, ...]:
        """The numbers of the steps to take."""
        return self.steps or tuple(range(1, len(STEPS) + 1))

    def lines(self, config: Config | None) -> Sequence[Line]:
        """What the caller says: what was asked for, what the config's own caller says, or a few plain sentences."""
        said: Sequence[Action] = (*(Wav(path=path) for path in self.wavs), *(Say(text=text) for text in self.say))
        path = self.script or (config.caller if config is not None else None)
        if not said and path is not None:
            said = script.load(path)
        if not (lines := _lines(said)):
            tongue = self.tongue(config).split("-")[0]
            lines = [(Say(text=text),) for text in SAID.get(tongue, SAID["en"])]
        return lines if len(lines) > 1 else lines * 2

    def tongue(self, config: Config | None) -> str:
        """The language that the caller speaks."""
        return self.language or (config.language if config is not None else "en-US")

    def expected(self, config: Config | None) -> Expected:
        """What the agent is to do."""
        steps = config.steps if config is not None else ()
        greetings = [step.settings for step in steps if step.word == "greeting" and step.settings.text.strip()]
        filters = [step.settings for step in steps if step.word == "intro_filter"] + [find("intro_filter").Settings()]
        configured = bool(greetings) if config is not None else None
        return Expected(
            greeting=configured if self.greeting is None else self.greeting,
            after=greetings[0].after if greetings else 0.8,
            patience=self.patience,
            introductions=Phrases([*INTRODUCTIONS, *(phrase for each in filters for phrase in each.phrases)]),
        )


async def go(going: Going) -> int:
    """Run the test and print each step as it ends; returns the exit code."""
    config = going.config()
    if config is None and (going.changes or going.stand_ins):
        raise UsageError("--set and --stand-ins change a config; an agent that runs elsewhere has its own")
    async with _reached(going, config) as (url, inside):
        verdicts = await judge(going, config, url, inside, None if going.as_json else _tell)
    failed = [str(verdict.step) for verdict in verdicts if verdict.state == "fail"]
    if going.as_json:
        print(msgspec.json.encode({"go": not failed, "steps": verdicts}).decode())
    else:
        unjudged = ", as far as it could be judged" if any(verdict.unjudged for verdict in verdicts) else ""
        print(f"NO GO: step {', '.join(failed)}" if failed else f"GO{unjudged}")
    return 1 if failed else 0


async def judge(
    going: Going, config: Config | None, url: str, inside: Inside | None, tell: Callable[[Verdict], None] | None = None
) -> list[Verdict]:
    """Place the calls, one after the other; a first one that does not come about is the last."""
    lines, expected, verdicts = going.lines(config), going.expected(config), list[Verdict]()
    voice = await _voice(going, config)
    for number in going.chosen():
        step = STEPS[number - 1]
        actions = step.script(lines, expected)
        result = await place_call(
            url, actions, token=going.token, limit=going.limit, voice=voice, subprotocol=number == 1
        )
        heard = Heard(result, await inside.taken() if inside is not None else None)
        verdicts.append(step.verdict(number, heard, expected))
        if tell is not None:
            tell(verdicts[-1])
        if not heard.reached:
            break
    return verdicts


@asynccontextmanager
async def _reached(going: Going, config: Config | None) -> AsyncIterator[tuple[str, Inside | None]]:
    """Where the agent is called; one that is started for the test lives inside the block, and tells of itself."""
    if config is None:
        yield going.target, None
        return
    inside = Inside()
    async with AsyncExitStack() as stack:
        stack.callback(logger.remove, inside.listen())
        ready = await stack.enter_async_context(served(going, config))
        server = await stack.enter_async_context(running([ready], Options(port=0), watch=inside.watch))
        inside.settled = server.registry.idle
        yield server.url, inside


async def _voice(going: Going, config: Config | None) -> Voice:
    words = script.words(going.actions(config))
    sounds = await speak(words, going.tongue(config)) if words else {}
    return sounds.__getitem__


def _lines(said: Sequence[Action]) -> list[Line]:
    lines: list[list[Action]] = []
    for action in said:
        speech = action.speech if isinstance(action, InterruptAfter) else action
        if isinstance(speech, Say | Wav | Pcm):
            lines.append([speech])
        elif isinstance(speech, Answer) and lines:
            lines[-1].append(speech)
    return list(lines)


def _tell(verdict: Verdict) -> None:
    print(verdict, flush=True)
