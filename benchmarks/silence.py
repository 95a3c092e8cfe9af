"""The longest silence that a caller hears while a provider fails: `python -m benchmarks.silence [--only WORD]`.

Each row is a call to `configs/maximus_he.yaml` in real time, with stand-ins on loopback that have one fault, or with a
scripted provider that hangs. Times count from the caller's last voiced frame. Exit code 1: a row has more than 2 s.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

from loguru import logger

from pipeline.agent import Agent, finish
from pipeline.call import Call
from pipeline.config import Config, load
from pipeline.events import Event, StateChanged
from pipeline.standins import google_speech, google_tts, openai
from pipeline.testing import CALL_SID, Line, spoken, voice
from pipeline.tools.storm.response_times import SILENCE
from pipeline.vocabulary import State

CONFIG = Path(__file__).parents[1] / "configs/maximus_he.yaml"
ASKED, LAST_VOICE, LENGTH = (1.0, voice(1.0)), 2.0, 16.0  # seconds
AT_ONCE = 5  # calls
SAID = "בשמחה, אעזור לך למצוא דירה. באיזו עיר, וכמה חדרים?"
HANGING: dict[str, Any] = {
    "asr": {"asr.script": {"say": ["שלום"], "delay": "60s"}},
    "llm": {"llm.script": {"say": ["כן."], "delay": "60s"}},
    "tts": {"tts.tone": {"delay": "60s"}},
}


class Row(NamedTuple):
    """A call: the faults of its stand-ins, and changes of its config."""

    name: str
    ear: google_speech.Script = google_speech.Script(say=["שלום"])
    mind: openai.Script = openai.Script(replies=[SAID])
    voice: google_tts.Script = google_tts.Script()
    swap: dict[str, Any] = {}
    fields: dict[str, Any] = {}


def _ear(**fault: Any) -> google_speech.Script:
    return google_speech.Script(say=["שלום"], faults=[google_speech.Fault(**fault)])


def _mind(**fault: Any) -> openai.Script:
    return openai.Script(replies=[SAID], always=openai.Fault(**fault))


def _voice(kind: Any, **more: Any) -> google_tts.Script:
    return google_tts.Script(then=google_tts.Trouble(kind, **more))


STREAMED: dict[str, Any] = {"tts.voice": "he-IL-Chirp3-HD-Kore"}
ALONE: dict[str, Any] = {"tts.fallback": []}
ROWS = (
    Row("none"),
    Row("stt mute", _ear(do="mute")),
    Row("stt mute, the first stream alone", _ear(do="mute", streams=[0])),
    Row("stt mute, stream: call", _ear(do="mute"), fields={"asr.stream": "call"}),
    *(Row(f"stt {code}", _ear(do="status", code=code))
      for code in ("UNAVAILABLE", "RESOURCE_EXHAUSTED", "UNAUTHENTICATED")),
    Row("stt nobody listens", fields={"asr.endpoint": "127.0.0.1:9"}),
    Row("stt connects, never speaks", fields={"asr.endpoint": "127.0.0.1:{silent}"}),
    Row("stt never final", _ear(do="no_final")),
    Row("stt empty", _ear(do="empty")),
    Row("llm takes the request, answers nothing", mind=_mind(hang="request")),
    Row("llm hangs before the first token", mind=_mind(hang="first")),
    Row("llm first token after 2.4 s", mind=openai.Script(replies=[SAID], first_token=2.4)),
    Row("llm hangs between tokens (after 4)", mind=_mind(hang="between", after=4)),
    Row("llm hangs in the second sentence", mind=_mind(hang="between", after=7)),
    Row("llm a token every 2.8 s", mind=openai.Script(replies=[SAID], tokens_per_second=1 / 2.8)),
    Row("llm a token a second", mind=openai.Script(replies=[SAID], tokens_per_second=1.0)),
    Row("llm nobody listens", fields={"llm.base_url": "http://127.0.0.1:9/v1"}),
    Row("llm connects, never speaks", fields={"llm.base_url": "http://127.0.0.1:{silent}/v1"}),
    Row("llm 500", mind=_mind(status=500)),
    Row("llm 429, Retry-After 2", mind=_mind(status=429, retry_after="2")),
    Row("tts hangs (unary, espeak)", voice=_voice("hang")),
    Row("tts hangs (unary, nobody)", voice=_voice("hang"), fields=ALONE),
    Row("tts hangs (streamed, espeak)", voice=_voice("hang"), fields=STREAMED),
    Row("tts hangs (streamed, nobody)", voice=_voice("hang"), fields={**STREAMED, **ALONE}),
    Row("tts UNAVAILABLE (nobody)", voice=_voice("status"), fields=ALONE),
    Row("tts slow 0.7x (unary, espeak)", voice=_voice("slow")),
    Row("tts slow 0.7x (unary, nobody)", voice=_voice("slow"), fields=ALONE),
    Row("tts slow 0.7x (streamed)", voice=_voice("slow"), fields=STREAMED),
    Row("tts slow 0.3x (streamed)", voice=_voice("slow", pace=0.3), fields=STREAMED),
    Row("tts dies after 0.6 s (streamed)", voice=_voice("cut", after=0.6), fields=STREAMED),
    Row("tts stops after the first 100 ms (streamed)", voice=_voice("slow", pace=0.01), fields=STREAMED),
    Row("tts empty (nobody)", voice=_voice("empty"), fields=ALONE),
    Row("stt mute and tts hangs", _ear(do="mute"), voice=_voice("hang")),
    Row("llm hangs and tts hangs (nobody)", mind=_mind(hang="request"), voice=_voice("hang"), fields=ALONE),
    Row("all three hang (nobody)", _ear(do="mute"), _mind(hang="request"), _voice("hang"), fields=ALONE),
    *(Row(f"any other {name} hangs", swap={name: step}) for name, step in HANGING.items()),
    *(Row(f"any other {name} hangs, its fallback too",
          swap={name: {word: {**fields, "fallback": [step]} for word, fields in step.items()}})
      for name, step in HANGING.items()),
)  # fmt: skip


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.silence", description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="WORD", help="rows whose name has this in it")
    only = parser.parse_args().only
    logger.remove()
    return asyncio.run(_measure([row for row in ROWS if only in row.name]))


async def _measure(rows: list[Row]) -> int:
    print(f"{'fault':<46}{'first sound':>12}{'then at most':>14}{'heard':>8}")
    slots, worst = asyncio.Semaphore(AT_ONCE), 0.0
    for row, calling in [(row, asyncio.create_task(_call(row, slots))) for row in rows]:
        first, hole, heard = await calling
        worst = max(worst, first, hole)
        print(f"{row.name:<46}{first:>10.2f} s{hole:>12.2f} s{heard:>6.1f} s", flush=True)
    print(f"the longest: {worst:.2f} s")
    return int(worst > SILENCE)


async def _call(row: Row, slots: asyncio.Semaphore) -> tuple[float, float, float]:
    """Place one call; return the first silence, the longest after it, and the seconds of sound."""
    loop, states = asyncio.get_running_loop(), list[tuple[float, str]]()
    async with slots, AsyncExitStack() as stack:
        agent = await stack.enter_async_context(Agent.open(await _config(row, stack)))
        line = Line(loop)

        def watch(at: float, event: Event) -> None:
            if isinstance(event, StateChanged):
                states.append((at - line.start, event.now))

        call = Call(CALL_SID, line, loop, language="he-IL", watchers=(watch,))
        chain = agent.answer(call)
        await line.talk(chain, spoken(ASKED), LENGTH)
        await finish(chain, "stop")
    if row.name == "none" and SAID not in (each.text for each in call.conversation):
        raise RuntimeError("the call without a fault was not answered: the other rows would measure nothing")
    over = next((at for at, state in reversed(states) if state == State.LISTENING), LENGTH)
    sounds = [at for at, message in line.messages if message["event"] == "media"]
    first, *later = _holes(sounds, max(over, LAST_VOICE))
    return first, max(later, default=0.0), 0.02 * len(sounds)


def _holes(sounds: list[float], over: float) -> Iterator[float]:
    """Yield the silence before each sound, and the one until the agent's turn was over."""
    end = LAST_VOICE
    for at in sounds:
        if at > end:
            yield at - end
        end = max(end, at) + 0.02
    if not sounds:
        yield over - end


async def _config(row: Row, stack: AsyncExitStack) -> Config:
    """Start the row's stand-ins, and return the config pointed at them."""
    ear = await stack.enter_async_context(google_speech.GoogleSpeech(row.ear))
    mind = await stack.enter_async_context(openai.OpenAi(row.mind))
    speaker = await stack.enter_async_context(google_tts.GoogleTts(row.voice))
    fields: dict[str, Any] = {"record.folder": ""} | ({} if "llm" in row.swap else {"llm.warm_up": False})
    at: dict[str, dict[str, Any]] = {
        "asr": {"endpoint": ear.target, "insecure": True},
        "llm": {"base_url": mind.url, "key": "stand-in", "model": "stand-in"},
        "tts": {"endpoint": speaker.target, "insecure": True},
    }
    for name, places in at.items():
        if name not in row.swap:
            fields |= {f"{name}.{field}": value for field, value in places.items()}
    swap = {"vad": {"vad.energy": {"rms": 210}}, **row.swap}
    silent = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]  # nothing reads from it
    own = {key: it.format(silent=silent) if isinstance(it, str) else it for key, it in row.fields.items()}
    return load(CONFIG, swap=swap, set={**fields, **own})


if __name__ == "__main__":
    raise SystemExit(main())
