"""`go` passes an agent that works, and says of each that does not what is wrong and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from loguru import logger

from pipeline import audio
from pipeline.catalog import Step
from pipeline.config import Config, load
from pipeline.faults import UsageError
from pipeline.frames import CallStarted, ReplyEnded, ReplyText
from pipeline.phone.script import Answer, InterruptAfter, Say, WaitReply, words
from pipeline.processor import Processor, on
from pipeline.server.app import running
from pipeline.server.options import Options
from pipeline.testing import voice
from pipeline.tools.go import caller
from pipeline.tools.go.observed import AgentEvents
from pipeline.tools.go.options import GoOptions
from pipeline.tools.go.run import go, judge
from pipeline.tools.go.verdict import Verdict
from pipeline.twilio import messages
from processors.tts.tone import ToneVoice
from tests.kit.answering import MEDIA, Agent

FAST = {"tts.ms_per_letter": 25}
ANSWERS = [
    "Gladly, and with pleasure. How many rooms?",
    "Three rooms it is, then. In which city?",
    "I see. Anything else?",
]
TOKEN = "a" * 32
CONFIGS = Path(__file__).parents[3] / "configs"


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    """Recordings of three things that a caller says."""
    paths = [tmp_path_factory.mktemp("lines") / f"{pitch}.wav" for pitch in (300, 350, 400)]
    for path in paths:
        audio.write_wav(path, voice(0.5, float(path.stem)))
    return tuple(paths)


def test(config: Config, *steps: int, lines: Any, outside: bool = False, **told: Any) -> list[Verdict]:
    """The verdicts on these steps; `outside` keeps what only the agent knows from the test."""

    inside = AgentEvents()

    async def main() -> list[Verdict]:
        here = Options(port=0, auth_token=told.get("token") or "")
        async with running([config], here, watch=inside.watch) as server:
            inside.settled = server.registry.idle
            known = None if outside else config
            options = GoOptions(target=server.url, wavs=lines, steps=steps, patience=5.0, **told)
            return await judge(options, known, server.url, None if outside else inside)

    sink = inside.listen()
    try:
        return asyncio.run(main())
    finally:
        logger.remove(sink)


test.__test__ = False  # type: ignore[attr-defined]


def swapped(config: Config, word: str, kind: type[Processor]) -> Config:
    """The same config with another processor in the place of a step."""
    new = Step(word=kind.__name__, kind=kind, settings=kind.Settings())
    return msgspec.structs.replace(config, steps=tuple(new if it.word == word else it for it in config.steps))


def troubles(verdicts: list[Verdict]) -> str:
    """Everything that is wrong, with what to do."""
    return "\n".join(f"{trouble.what}: {trouble.do}" for verdict in verdicts for trouble in verdict.troubles)


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


def test_an_agent_that_works_passes(agent: Callable[..., Config], lines: Any) -> None:
    """All four steps, with their figures, and nothing left unjudged where the agent runs here."""
    config = agent(["a", "b", "c"], ANSWERS, {**FAST, "greeting.text": "Good morning."})
    verdicts = test(config, lines=lines)
    assert [verdict.state for verdict in verdicts] == ["pass"] * 4, troubles(verdicts)
    assert verdicts[0].figures["sentences"] == 2 and verdicts[0].figures["answers"] == 1
    figures: list[Any] = [verdict.figures for verdict in verdicts]
    assert figures[1]["clear_ms"] > 0 and figures[2]["greeting_after_ms"] >= 800
    assert verdicts[3].figures["replies"] == 3


def test_what_cannot_be_heard_is_not_passed(agent: Callable[..., Config], lines: Any) -> None:
    """From outside, signed as Twilio signs: nobody knows its sentences, nor whether it is to greet."""
    config = agent(["a"], ANSWERS, FAST)
    verdicts = test(config, 1, 3, lines=lines, outside=True, token=TOKEN)
    assert [verdict.state for verdict in verdicts] == ["unjudged"] * 2, troubles(verdicts)


def test_a_deployment_that_wants_a_signature_says_so(agent: Callable[..., Config], lines: Any) -> None:
    """Without the token the call is refused, and the words say which variable has it."""

    async def main() -> list[Verdict]:
        async with running([agent()], Options(port=0, auth_token=TOKEN)) as server:
            return await judge(GoOptions(target=server.url, wavs=lines), None, server.url, None)

    (verdict,) = asyncio.run(main())
    assert verdict.state == "fail" and "TWILIO_AUTH_TOKEN" in verdict.troubles[0].do


def test_the_caller_says_what_the_config_s_own_caller_says() -> None:
    """Its words in their order, the interrupting ones among them, each with the answer of a stand-in."""
    config = load(CONFIGS / "maximus_he.yaml")
    lines = caller.lines(GoOptions(target="x"), config)
    assert [[type(action) for action in line] for line in lines] == [[Say, Answer]] * 5
    assert "ארבעה חדרים" in words(line[0] for line in lines)
    assert [type(each) for each in caller.actions(GoOptions(target="x", steps=(2,)), config)][-3:] == [
        InterruptAfter,
        Answer,
        WaitReply,
    ]


def test_a_caller_who_was_told_nothing_speaks_the_agents_language() -> None:
    """Hebrew to a Hebrew agent, English to an address, unless told."""
    assert words(line[0] for line in caller.lines(GoOptions(target="http://x", language="he-IL"), None))[0].startswith(
        "שלום"
    )
    assert words(line[0] for line in caller.lines(GoOptions(target="http://x"), None))[0].startswith("Hello")
    assert len(caller.lines(GoOptions(target="http://x", say=("yes",)), None)) == 2


def test_an_agent_elsewhere_has_its_own_config() -> None:
    """`--set` and `--stand-ins` would change nothing there."""
    with pytest.raises(UsageError, match="has its own"):
        asyncio.run(go(GoOptions(target="http://127.0.0.1:9", stand_ins=True)))


# ---- six that are broken ------------------------------------------------------------------------------------------


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
    told = troubles(test(config, 4, lines=lines))
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


def test_no_answer_at_all(agent: Callable[..., Config], lines: Any) -> None:
    """The agent's own log says at which stage it stopped."""
    told = troubles(test(agent([""], changes={"asr.delay": "9s"}), 1, lines=lines))
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
