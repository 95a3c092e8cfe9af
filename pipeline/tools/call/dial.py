"""`call`: place a call to an agent that runs elsewhere, or to one started from a config."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from pipeline import audio
from pipeline.config import Config, load
from pipeline.environment.variables import ACCOUNT_SID, AUTH_TOKEN, read, told
from pipeline.faults import KavError, Place, UsageError, printable
from pipeline.installation import command
from pipeline.phone import script
from pipeline.phone.phone import CallResult, place_call
from pipeline.phone.script import Action, Say, Wait, WaitReply, Wav
from pipeline.records.files import from_here
from pipeline.server.app import running
from pipeline.server.options import Options
from pipeline.terminal.paint import paint_on
from pipeline.text.fixed import example
from pipeline.text.languages import written_in
from pipeline.tools.call import table
from pipeline.tools.call.hearing import advice
from pipeline.tools.call.live import Live
from pipeline.tools.call.options import CallOptions
from pipeline.tts import Voice

SCHEMES = ("http://", "https://", "ws://", "wss://")
ADDRESS = re.compile(r"(?!kav:)([\w.-]+|\[[\da-f:]+\]):\d{1,5}(/.*)?")  # without a scheme
GREETING = 2.5  # seconds that a caller without a script waits for the agent to speak first


def agent_config(target: str, changes: Sequence[str]) -> Config | None:
    """Load the config of the agent to start; None if the target is the address of an agent that runs elsewhere.

    Raises ConfigError, and UsageError for an address without its scheme.
    """
    if target.startswith(SCHEMES):
        return None
    if ADDRESS.fullmatch(target) and not Path(target).exists():
        raise UsageError(f"{target} is no file; an address begins with its scheme: http://{target}")
    return load(target, set=changes)


def caller_actions(options: CallOptions, config: Config | None) -> tuple[Action, ...]:
    """Return the caller's actions: `--script`, or `--wav` and `--say`, or the config's `caller`, or one question."""
    if options.script is not None:
        return script.load(options.script)
    wavs = [Wav(path=path, at=Place("--wav")) for path in options.wavs]
    spoken: list[Action] = [*wavs, *(Say(text=text, at=Place("--say")) for text in options.say)]
    if not spoken and config is not None and config.caller is not None:
        return script.load(config.caller)
    steps: list[Action] = [Wait(seconds=GREETING)]
    question = example(config.language if config is not None else "en-US").question
    for each in spoken or [Say(text=question)]:
        steps += [each, WaitReply()]
    return tuple(steps)


async def call(options: CallOptions) -> int:
    """Place one call and print its result; return the exit code.

    Raises UsageError for changes, stand-ins or `--really` without a config.
    """
    config = agent_config(options.target, options.changes)
    if config is None and (options.changes or options.stand_ins or options.really):
        raise UsageError("--set, --stand-ins and --really are for a config; an agent that runs elsewhere has its own")
    actions = caller_actions(options, config)
    live = Live(advice=hearing_advice(options, config, actions))
    if config is None:
        return report(options, await dial(options, None, options.target, actions), live)
    async with (
        served(config, options.stand_ins, actions) as ready,
        running([ready], Options(port=0, rehearsal=options.stand_ins, acts=options.really), watch=live.agent) as server,
    ):
        result = await dial(options, config, server.url, actions)
    return report(options, result, live, config)


def hearing_advice(options: CallOptions, config: Config | None, actions: Sequence[Action]) -> list[str]:
    """Print, and return, a sentence on words of the caller that the config's recogniser cannot hear; else nothing."""
    own = not (options.script or options.wavs or options.say) and config is not None and config.caller is not None
    found = advice(config, actions) if config is not None and not own else []
    for each in found:
        print(f"note: {printable(each)}", file=sys.stderr if options.as_json else sys.stdout, flush=True)
    return found


@asynccontextmanager
async def served(config: Config, stand_ins: bool, actions: Sequence[Action]) -> AsyncIterator[Config]:
    """Yield the config to serve; with `stand_ins`, stand-ins replace its providers and answer these actions."""
    if not stand_ins:
        yield config
        return
    from pipeline.standins.starting import standing_in

    async with standing_in(config, tuple(actions)) as pointed:
        yield pointed


async def dial(options: CallOptions, config: Config | None, url: str, actions: Sequence[Action]) -> CallResult:
    """Place the call; sign its requests if TWILIO_AUTH_TOKEN is set."""
    token, account = told(AUTH_TOKEN) or None, read(ACCOUNT_SID) or None
    words = script.words(actions)
    language = config.language if config is not None else written_in(" ".join(words), "en-US")
    sounds = await speak(words, language) if words else {}
    return await place_call(url, actions, token=token, account=account, limit=options.limit, voice=sounds.__getitem__)


async def speak(words: Sequence[str], language: str) -> dict[str, bytes]:
    """Return the sound of each text, synthesised offline by `tts.espeak`."""
    from pipeline.catalog import find

    kind = find("tts.espeak")
    assert issubclass(kind, Voice)
    async with kind.share(kind.Settings(), tuple(words), language) as voice:
        return dict(voice.prerendered)


def report(options: CallOptions, result: CallResult, live: Live, config: Config | None = None) -> int:
    """Print a call's result and write its sound to `--out`; return 0 if the call is ok, else 1.

    With the agent's config, it prints the command for the page of the call's record, too. Raises KavError if the sound
    cannot be written, after the result was printed.
    """
    turns, verdict = live.timeline.turns, live.verdict
    if options.as_json:
        print(table.as_json(result, turns, verdict), flush=True)
    else:
        print("\n" + table.render(result, turns, verdict, paint_on(sys.stdout)), flush=True)
    if options.out is not None:
        _write(result, options.out)
        if not options.as_json:
            length = audio.seconds(result.caller_track)
            print(f"{options.out}: {length:.1f} s, the caller on the left, the agent on the right")
    if config is not None and not options.as_json:
        _show_page(config, result)
    return 1 if verdict.failed(result) else 0


def _show_page(config: Config, result: CallResult) -> None:
    """Print the command that makes the page of a call's record, if the config keeps records."""
    folder = config.record.folder
    for record in sorted(Path(folder).glob(f"*/{result.call_sid}"))[-1:] if folder and result.call_sid else []:
        print(f"its page: {command(f'report {shlex.quote(str(from_here(record)))}')}")


def _write(result: CallResult, path: Path) -> None:
    try:
        result.write_wav(path)
    except OSError as error:
        raise KavError(f"{path}: cannot be written: {error.strerror}") from None
