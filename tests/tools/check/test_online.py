"""`check --online`, through the providers' client libraries, against servers that are well or not."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest
from loguru import logger

from pipeline.catalog import Step
from pipeline.config import Config, load
from pipeline.faults import UsageError
from pipeline.frames import AudioIn
from pipeline.processor import Processor, on
from pipeline.providers.probe import Probe, Unserved
from pipeline.settings import Secret, StepSettings, doc
from pipeline.standins import google_speech, google_tts, openai
from pipeline.tools.check import online
from pipeline.tools.check.check import check
from tests.kit.chain import chain

KEY = "sk-canary-0123456789"

HEBREW = "language: he-IL\n"
SPEECH = "asr.google: {{endpoint: '{at}', insecure: true}}"
EAR = 'asr.openai: {{model: ear, key: "${{CANARY}}", base_url: "{at}"}}'
MIND = 'llm.openai: {{model: small, key: "${{CANARY}}", base_url: "{at}", instructions: x}}'
VOICE = "tts.google: {{voice: {voice}, endpoint: '{at}', insecure: true}}"
MOUTH = 'tts.openai: {{model: m, voice: alloy, key: "${{CANARY}}", base_url: "{at}"}}'


@contextmanager
def running(*servers: Any) -> Iterator[None]:
    """Servers on a loop of their own, as a provider has one; nothing of theirs may be left."""
    started, over = threading.Event(), threading.Event()

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            for server in servers:
                await stack.enter_async_context(server)
            started.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert started.wait(20)
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Check a config with this step in it online; gives the answer, and what was printed, in both ways."""
    monkeypatch.setenv("CANARY", KEY)
    path = tmp_path / "agent.yaml"

    def ask(step: Any, patience: Any = 5.0) -> Any:
        capability = step.partition(".")[0]
        path.write_text(chain(HEBREW, **{capability: step}))
        lines: list[str] = []
        sink = logger.add(lines.append, level=0, backtrace=False, diagnose=False)
        answers: list[online.ProbeResult] = []

        def ask(configs: Any) -> list[online.ProbeResult]:
            answers[:] = online.ask(configs, patience=patience)
            return answers

        code = check([path], ask=ask)
        check([path], as_json=True, ask=lambda _: answers)
        logger.remove(sink)
        printed = capfd.readouterr()
        text, _, data = printed.out.partition("{")
        [answer] = answers
        assert code == (0 if answer.ok else 1) and str(answer) in text
        assert json.loads("{" + data)["providers"][0]["came"] == answer.came
        assert answer.where == f"{path}:{6 + ('asr', 'llm', 'tts').index(capability)}" and answer.ms >= 0
        for said in (printed.out, printed.err, "".join(lines)):
            assert KEY not in said and "Traceback" not in said
        return answer

    return ask


def openai_script_of(**changed: Any) -> Any:
    return openai.Script(**{"first_token": 0.0, "first_sound": 0.0, "transcribing": 0.0, "key": KEY, **changed})


@pytest.mark.parametrize(
    ("step", "came", "requests"),
    [(EAR, "it is there", 1), (MIND, "it is there", 2), (MOUTH, "it was spoken", 1)],
    ids=["ear", "mind", "mouth"],
)
def test_openai_that_would_serve(asked: Any, step: str, came: str, requests: int) -> None:
    """A recogniser's page is enough; a chat model takes part in a small conversation, and a voice says a word."""
    with running(server := openai.OpenAi(openai_script_of())):
        assert asked(step.format(at=server.url)).came == came
        assert len(server.requests) == requests and server.open == 0


@pytest.mark.parametrize("step", [EAR, MIND], ids=["ear", "mind"])
def test_a_server_without_pages_of_models_is_asked_for_real(asked: Any, step: str) -> None:
    """As small a request as can be, and it says so."""
    with running(server := openai.OpenAi(openai_script_of(models=None))):
        answer = asked(step.format(at=server.url))
        assert answer.ok and answer.came == "the server has no page of it; a small request was answered"
        assert len(server.requests) == 2 and server.open == 0


REFUSED = [(401, "", "401", "set `key`"), (403, "", "403", "project"), (429, "insufficient_quota", "429", "billing")]


@pytest.mark.parametrize("step", [EAR, MIND, MOUTH], ids=["ear", "mind", "mouth"])
@pytest.mark.parametrize(("status", "code", "came", "hint"), [*REFUSED, (500, "", "500", "status page")])
def test_openai_that_refuses(asked: Any, step: str, status: Any, code: Any, came: Any, hint: Any) -> None:
    """Each status comes with what to do about it."""
    fault = openai.Fault(status=status, code=code)
    with running(server := openai.OpenAi(openai_script_of(always=fault))):
        answer = asked(step.format(at=server.url))
    assert not answer.ok and answer.came.startswith(came) and hint in answer.hint


SESSION = 'asr.openai: {{model: gpt-live-transcribe, stream: true, key: "${{CANARY}}", base_url: "{at}"}}'


def test_a_session_that_would_be_opened(asked: Any) -> None:
    """With the step's own settings, and it is closed again."""
    with running(server := openai.OpenAi(openai_script_of(opening=0.0))):
        answer = asked(SESSION.format(at=server.url))
        assert answer.ok and answer.asked == "a session of gpt-live-transcribe" and answer.came == "it was opened"
        assert len(server.sessions) == 1 and not server.sessions[0].sound


@pytest.mark.parametrize(
    ("changed", "came", "hint"),
    [
        ({"key": "another"}, "invalid_api_key", "set `key`"),
        ({"models": ["whisper-1"]}, "model_not_found", "take a `model`"),
        ({"always": openai.Fault(code="insufficient_quota")}, "insufficient_quota", "billing"),
        ({"always": openai.Fault(status=503)}, "503", "status page"),
        ({"always": openai.Fault(hang="first")}, "no session", "firewall"),
    ],
    ids=["key", "model", "quota", "status", "hang"],
)
def test_a_session_that_is_refused(asked: Any, changed: dict[str, Any], came: str, hint: str) -> None:
    """By an event after the connection, or instead of it: each with what to do about it."""
    with running(server := openai.OpenAi(openai_script_of(opening=0.0, **changed))):
        answer = asked(SESSION.format(at=server.url))
    assert not answer.ok and came in answer.came and (hint in answer.hint or came == "no session")


def test_the_day_on_which_a_model_ends(asked: Any) -> None:
    """It is told while there is time to choose another."""
    with running(server := openai.OpenAi(openai_script_of(shutdown="2027-01-06"))):
        assert asked(MIND.format(at=server.url)).came == "it is there, until 2027-01-06"


def test_a_wrong_key(asked: Any) -> None:
    """OpenAI repeats it in its answer; nobody else does."""
    with running(server := openai.OpenAi(openai_script_of(key="another"))):
        answer = asked(MIND.format(at=server.url))
    assert answer.came.startswith("401 invalid_api_key Incorrect API key provided: •••") and "`key`" in answer.hint


def test_an_unknown_model(asked: Any) -> None:
    """Its name is what to change."""
    with running(server := openai.OpenAi(openai_script_of(models=["large"]))):
        answer = asked(MIND.format(at=server.url))
    assert answer.came.startswith("404 model_not_found") and "take a `model`" in answer.hint


def test_google_that_would_serve(asked: Any) -> None:
    """A stream with a little silence is recognised, the list of voices has the voice in it."""
    with running(ear := google_speech.GoogleSpeech(), voice := google_tts.GoogleTts()):
        answer = asked(SPEECH.format(at=ear.target))
        assert answer.ok and answer.asked == "a recognition of he-IL by latest_long"
        [stream] = ear.streams
        assert stream.half_closed and 0 < stream.seconds < 0.2 and ear.open == 0
        assert asked(VOICE.format(at=voice.target, voice="he-IL-Wavenet-A")).came == "3 of them, he-IL-Wavenet-A is one"


def test_a_voice_that_is_not_there(asked: Any) -> None:
    """The nearest name is offered; a language without a voice needs another."""
    with running(voice := google_tts.GoogleTts()):
        answer = asked(VOICE.format(at=voice.target, voice="he-IL-Wavenet-X"))
        assert not answer.ok and answer.came == "3 of them, he-IL-Wavenet-X is none" and "he-IL-Wavenet" in answer.hint
        answer = asked(VOICE.format(at=voice.target, voice="he-XX-Wavenet-A"))
        assert not answer.ok and answer.came == "none"


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        ("PERMISSION_DENIED", "enable the"),
        ("UNAUTHENTICATED", "new key file"),
        ("UNAVAILABLE", "DNS, proxy, firewall"),
        ("RESOURCE_EXHAUSTED", "quotas"),
        ("INVALID_ARGUMENT", "`model`"),
    ],
)
def test_google_that_refuses(asked: Any, status: str, hint: str) -> None:
    """Each status comes with what to do about it, and it is Google's own that is shown."""
    fault = google_speech.Fault(do="status", code=status)
    ear = google_speech.GoogleSpeech(google_speech.Script(faults=[fault]))
    voice = google_tts.GoogleTts(google_tts.Script(then=google_tts.Trouble("status", status)))
    with running(ear, voice):
        for step in (SPEECH.format(at=ear.target), VOICE.format(at=voice.target, voice="he-IL-Wavenet-A")):
            answer = asked(step)
            assert not answer.ok and answer.came == f"{status}: as the script says" and hint in answer.hint


def test_who_hangs_is_given_up(asked: Any) -> None:
    """After the deadline, which it says."""
    mind = openai.OpenAi(openai_script_of(always=openai.Fault(hang="request")))
    ear = google_speech.GoogleSpeech(google_speech.Script(final_delay=3600.0))
    voice = google_tts.GoogleTts(google_tts.Script(then=google_tts.Trouble("hang")))
    with running(mind, ear, voice):
        steps = [MIND.format(at=mind.url), SPEECH.format(at=ear.target)]
        for step in (*steps, VOICE.format(at=voice.target, voice="he-IL-Wavenet-A")):
            answer = asked(step, patience=0.6)
            assert not answer.ok and answer.came == "no answer in 0.6 s" and "firewall" in answer.hint


@pytest.mark.parametrize(
    "step",
    [
        SPEECH.format(at="x.invalid:443"),
        VOICE.format(at="x.invalid:443", voice="he-IL-Wavenet-A"),
        MIND.format(at="https://x.invalid/v1"),
        MOUTH.format(at="https://x.invalid/v1"),
    ],
)
def test_a_name_that_nobody_knows(asked: Any, step: str) -> None:
    """It says whom it could not reach."""
    answer = asked(step)
    assert not answer.ok and "DNS" in answer.hint


def test_nobody_at_the_door(asked: Any) -> None:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{free.getsockname()[1]}"
        assert not asked(SPEECH.format(at=at)).ok
        for step in (EAR, SESSION, MIND, MOUTH):
            answer = asked(step.format(at=f"http://{at}/v1"))
            assert not answer.ok and f"no connection to http://{at}/v1" in answer.came
            assert "start its server" in answer.came


class Rented(Processor):
    """Somebody else's step."""

    class Settings(StepSettings, frozen=True, kw_only=True):
        token: Annotated[Secret, doc("The provider's token.")]
        there: Annotated[bool, doc("Whether the provider would serve.")] = True

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.push(frame)

    @classmethod
    def probe(cls, settings: Any, language: Any) -> Probe:
        async def ask() -> str:
            if not settings.there:
                raise Unserved(f"no such token: {settings.token.reveal()}", "ask for another")
            return "welcome"

        return Probe("a room", (settings,), ask)


@pytest.mark.parametrize("there", [True, False])
def test_a_third_partys_step_is_asked_too(config: Callable[..., Config], there: bool) -> None:
    """The same question once, and what it says of its token is masked."""
    rented = Step(word="rooms", kind=Rented, settings=Rented.Settings(token=Secret(KEY), there=there), file="x", line=3)
    [answer] = online.ask([msgspec.structs.replace(config(chain(HEBREW)), steps=(rented, rented))])
    assert (answer.ok, answer.asked, answer.where) == (there, "a room", "x:3")
    assert answer.came == ("welcome" if there else "no such token: •••") and KEY not in str(answer)


def test_stand_ins_are_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """So that a person can try it with no account; a config without providers has nobody to ask."""
    path = tmp_path / "agent.yaml"
    fallback = "tts.google: {voice: he-IL-Wavenet-A, fallback: [tts.openai: {model: m, voice: alloy}]}"
    path.write_text(chain(HEBREW, asr="asr.google", llm="llm.openai: {model: x, instructions: x}", tts=fallback))
    answers = online.ask([load(path), load(path)], stand_ins=True)
    assert {answer.word for answer in answers} == {"asr.google", "llm.openai", "tts.google", "tts.openai"}
    assert all(answer.ok for answer in answers)
    path.write_text(chain(HEBREW))
    capsys.readouterr()
    assert online.ask([load(path)]) == [] and capsys.readouterr().err == ""


def test_a_config_with_faults_is_not_asked_about(tmp_path: Path) -> None:
    """Its faults come first."""
    path = tmp_path / "agent.yaml"
    path.write_text(chain(HEBREW).replace("pacer", "paecr"))
    assert check([path], ask=lambda _: pytest.fail("asked")) == 1
    with pytest.raises(UsageError):
        check([])
