"""Agents that are broken, each in its own way, and the step at which that is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from pipeline.catalog import Step
from pipeline.config import Config
from pipeline.frames import CallStarted, ReplyEnded, ReplyText
from pipeline.processor import Processor, on
from pipeline.tools.go.options import GoOptions
from pipeline.tools.go.run import judge
from pipeline.tools.go.verdict import Verdict
from pipeline.twilio import messages
from processors.tts.tone import ToneVoice
from tests.kit.answering import MEDIA, Agent
from tests.kit.going import ANSWERS, FAST, test, troubles


def swapped(config: Config, word: str, kind: type[Processor]) -> Config:
    """The same config with another processor in the place of a step."""
    new = Step(word=kind.__name__, kind=kind, settings=kind.Settings())
    return msgspec.structs.replace(config, steps=tuple(new if it.word == word else it for it in config.steps))


class Hasty(Processor):
    """Greets whoever calls, at once."""

    gives = (ReplyText, ReplyEnded)

    @on(CallStarted)
    def greet(self, frame: CallStarted) -> None:
        self.push(frame)
        self.push(ReplyText(0, "Good morning to you all."))
        self.push(ReplyEnded(0))


class Silent(ToneVoice):
    """Speaks silence."""

    async def synthesize(self, text: str) -> AsyncGenerator[bytes, None]:
        yield bytes(16000)


def test_a_greeting_that_is_always_on(agent: Callable[..., Config], lines: Any, tmp_path: Path) -> None:
    """Spoken into the caller's words, or played before the stream opens: both are found."""
    config = swapped(agent(["a"], ANSWERS, {**FAST, "end_of_utterance.barge_in": False}), "greeting", Hasty)
    assert "while the caller was speaking: greet only a caller who has been quiet" in troubles(
        test(config, 1, lines=lines)
    )
    file = tmp_path / "greeting.mp3"
    file.write_bytes(b"ID3")
    server = msgspec.structs.replace(agent().server, twiml_play_greeting=True, greeting_file=file)
    played = msgspec.structs.replace(agent(["a"], ANSWERS, FAST), server=server)
    assert "<Play> before its stream" in troubles(test(played, 1, lines=lines))


def test_no_barge_in(agent: Callable[..., Config], lines: Any) -> None:
    """The agent goes on while it is spoken over."""
    config = agent(["a", "b"], ANSWERS, {"tts.ms_per_letter": 60, "end_of_utterance.barge_in": False})
    told = troubles(test(config, 2, lines=lines))
    assert "the agent went on while the caller spoke" in told and "BARGE_IN=true" in told


def test_an_introduction_every_turn(agent: Callable[..., Config], lines: Any) -> None:
    """Heard by its words where the agent runs here."""
    said = ["שמי מקס. מה תרצה?", "שמי מקס. יש דירה.", "שמי מקס. בוא מחר."]
    config = swapped(agent(["א", "ב", "ג"], said, FAST), "intro_filter", Processor)
    told = troubles(test(msgspec.structs.replace(config, language="he-IL"), 4, lines=lines))
    assert "introduced itself in its replies 1 and 2 and 3" in told and "intro_filter" in told


def test_an_introduction_every_turn_is_heard_from_outside(agent: Callable[..., Config], lines: Any) -> None:
    """Replies that begin with the very same sound are found without a word being understood."""
    said = [
        "My name is Max of Kav Homes. What is it?",
        "My name is Max of Kav Homes. A flat.",
        "My name is Max of Kav Homes.",
    ]
    config = agent(["a", "b", "c"], said, swap={"tts": {"tts.espeak": {"speed": 260}}})
    told = troubles(test(swapped(config, "intro_filter", Processor), 4, lines=lines, outside=True))
    assert "begins with the very sound of the first one" in told


def test_a_silent_voice(agent: Callable[..., Config], lines: Any) -> None:
    """Messages come, and all of them are silence."""
    told = troubles(test(swapped(agent(["a"], ANSWERS), "tts.tone", Silent), 1, lines=lines))
    assert "all are silence" in told and "TTS_ERR" in told


MUTE = {"asr.delay": "9s", "pacer.filler_after": "0s", "pacer.answer_within": "30s"}  # an agent that keeps no company


def test_no_answer_at_all(agent: Callable[..., Config], lines: Any) -> None:
    """The agent's own log says at which stage it stopped."""
    told = troubles(test(agent([""], changes=MUTE), 1, lines=lines))
    assert "there was no answer: it stopped at recognition" in told


class Bare(Agent):
    """Answers with no subprotocol."""

    async def media(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        out, heard = None, 0
        async for frame in ws:
            message = messages.parse(frame.data.encode())
            out = messages.Outbound(message.start.stream_sid) if message.start is not None else out
            heard += message.event == "media"
            if out is not None and heard == 60:
                await ws.send_str(out.media(b"\x20" * 8000).decode())
        return ws


def foreign(kind: type[Agent], path: str, lines: Any) -> str:
    """What is wrong with a small server whose TwiML names this path."""

    async def main() -> list[Verdict]:
        async with kind().serve() as deployed:
            deployed.twiml = f'<Response><Connect><Stream url="ws://{deployed.url}{path}"/></Connect></Response>'
            options = GoOptions(target=f"http://{deployed.url}", wavs=lines, steps=(1,), patience=3.0)
            return await judge(options, None, options.target, None)

    verdicts = asyncio.run(main())
    return troubles(verdicts[:1])


def test_no_echo_of_the_subprotocol(lines: Any) -> None:
    """The upgrade is answered without what was offered."""
    assert "audio.twilio.com was offered and not echoed" in foreign(Bare, MEDIA, lines)


def test_a_wrong_path(lines: Any) -> None:
    """The TwiML names a path that opens no WebSocket, and the first call is the last."""
    told = foreign(Agent, "/ws/nowhere", lines)
    assert "Twilio 31920" in told and "serve /ws/twilio-media with and without a slash" in told
