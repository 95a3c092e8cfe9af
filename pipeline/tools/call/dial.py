"""`call` and `demo`: place a call to an agent that runs somewhere, or to one that is started for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import msgspec

from pipeline import audio
from pipeline.config import Config, load
from pipeline.faults import KavError, Place, UsageError
from pipeline.phone import script
from pipeline.phone.phone import CallResult, place_call
from pipeline.phone.script import Action, Say, Wait, WaitReply, Wav
from pipeline.server.app import Server, running, wait_for_stop
from pipeline.server.options import PORT, Options
from pipeline.tools.call import table
from pipeline.tools.call.live import Live
from pipeline.tts import Voice

SCHEMES = ("http://", "https://", "ws://", "wss://")
GREETING = 2.5  # seconds that a caller without a script waits for the agent to speak first
SAY = "Hello, can you hear me?"


class Dialling(msgspec.Struct, frozen=True, kw_only=True):
    """What `call` was told: `target` is a config or an address, the rest what the caller does there."""

    target: str
    wavs: tuple[Path, ...] = ()
    say: tuple[str, ...] = ()
    script: Path | None = None
    out: Path | None = None
    as_json: bool = False
    changes: tuple[str, ...] = ()  # a.b=c
    token: str | None = None
    limit: float = 120.0  # seconds
    stand_ins: bool = False  # in the place of the config's providers

    def config(self) -> Config | None:
        """The config to start, if the target is one."""
        return None if self.target.startswith(SCHEMES) else load(self.target, set=self.changes)

    def actions(self, config: Config | None) -> tuple[Action, ...]:
        """What the caller does: what was asked for, the config's own script, or a plain question."""
        if self.script is not None:
            return script.load(self.script)
        wavs = [Wav(path=path, at=Place("--wav")) for path in self.wavs]
        spoken: list[Action] = [*wavs, *(Say(text=text, at=Place("--say")) for text in self.say)]
        if not spoken and config is not None and config.caller is not None:
            return script.load(config.caller)
        steps: list[Action] = [Wait(seconds=GREETING)]
        for each in spoken or [Say(text=SAY)]:
            steps += [each, WaitReply()]
        return tuple(steps)


async def call(dialling: Dialling) -> int:
    """Place one call and print how it went; returns the exit code."""
    config, live = dialling.config(), Live()
    if config is None:
        if dialling.changes or dialling.stand_ins:
            raise UsageError("--set and --stand-ins change a config; an agent that runs elsewhere has its own")
        return _report(dialling, await _dial(dialling, None, dialling.target), live)
    async with served(dialling, config) as ready, running([ready], Options(port=0), watch=live.agent) as server:
        result = await _dial(dialling, config, server.url)
    return _report(dialling, result, live)


async def demo(dialling: Dialling, port: int = PORT) -> int:
    """Place one call to an agent that is started for it, show it as it happens, and go on serving."""
    config, live = dialling.config(), Live()
    if config is None:
        raise UsageError("demo what? name a config, e.g. configs/demo.yaml")
    loaders = () if dialling.stand_ins else (partial(load, dialling.target, set=dialling.changes),)
    serving = partial(running, options=Options(port=port), watch=live.agent, loaders=loaders)
    async with served(dialling, config) as ready, serving([ready]) as server:
        result = await _dial(dialling, config, server.url)
        code = _report(dialling, result, live)
        if code:
            return code
        return await wait_for_stop(server, partial(_invite, server, dialling.target))


@asynccontextmanager
async def served(dialling: Dialling, config: Config) -> AsyncIterator[Config]:
    """The config as it will be served."""
    if not dialling.stand_ins:
        yield config
        return
    from pipeline.standins.starting import standing_in

    async with standing_in(config, dialling.actions(config)) as pointed:
        yield pointed


async def _dial(dialling: Dialling, config: Config | None, url: str) -> CallResult:
    actions = dialling.actions(config)
    words = script.words(actions)
    sounds = await speak(words, config.language if config is not None else "en-US") if words else {}
    return await place_call(url, actions, token=dialling.token, limit=dialling.limit, voice=sounds.__getitem__)


async def speak(words: Sequence[str], language: str) -> dict[str, bytes]:
    """The caller's words as sound, by the offline voice."""
    from pipeline.catalog import find

    kind = find("tts.espeak")
    assert issubclass(kind, Voice)
    async with kind.share(kind.Settings(), tuple(words), language) as voice:
        return dict(voice.prerendered)


def _report(dialling: Dialling, result: CallResult, live: Live) -> int:
    if dialling.out is not None:
        _write(result, dialling.out)
    if dialling.as_json:
        print(table.as_json(result, live.decided, live.stages))
    else:
        print("\n" + table.render(result, live.decided, live.stages))
        if dialling.out is not None:
            length = audio.seconds(result.caller_track)
            print(f"{dialling.out}: {length:.1f} s, the caller on the left, the agent on the right")
    return 0 if result.ok else 1


def _write(result: CallResult, path: Path) -> None:
    try:
        result.write_wav(path)
    except OSError as error:
        raise KavError(f"{path}: cannot be written: {error.strerror}") from None


def _invite(server: Server, target: str) -> None:
    print(
        f"""
The agent goes on serving {target} at {server.url}. Ctrl-C ends it.
  another call:     python run.py call {server.url}
  your own words:   python run.py call {server.url} --say "hello, I am looking for an apartment"
  a Twilio number:  make this port public over https, set PUBLIC_BASE_URL to that address and TWILIO_AUTH_TOKEN to
                    your token, run `python run.py serve {target}`, and in the Twilio console set the number's
                    "A call comes in" webhook to POST $PUBLIC_BASE_URL/webhook/incoming_call""",
        flush=True,
    )
