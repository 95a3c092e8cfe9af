from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from pipeline.catalog.spec import Step
from pipeline.config import Config
from pipeline.faults import ConfigError, KavError
from pipeline.frames import AgentSpeaking, ReplyEnded, ReplyText, Transcript
from pipeline.settings import Secret
from pipeline.standins.openai import Fault, OpenAi
from processors.llm.openai.dialogue import OpenAiDialogue
from processors.llm.openai.settings import OpenAiSettings
from tests.kit.alone import run
from tests.kit.asking import KEY, ask, asking, script, settings
from tests.kit.bench import bench
from tests.kit.chain import chain


def body(server: OpenAi, number: int = -1) -> dict[str, Any]:
    return server.requests[number].body


def told(server: OpenAi, number: int = -1) -> list[tuple[str, str]]:
    return [(line["role"], line["content"]) for line in body(server, number)["messages"]]


def test_a_question_gets_the_models_reply_a_sentence_at_a_time() -> None:
    """As it streams in."""
    said, ended, server, faults = ask(script("Hello there. How are you?"))
    assert (said, ended, faults) == (["Hello there.", "How are you?"], ["done"], 0)
    assert server.requests[0].ended == "done" and server.open == 0


def test_speech_begins_with_the_first_clause() -> None:
    """While the model is still at the rest of the sentence; `first_clause` switches that off."""
    text = "We have a lovely apartment in Haifa, with three rooms. Shall I go on?"
    assert ask(script(text))[0][0] == "We have a lovely apartment in Haifa,"
    assert ask(script(text), first_clause=False)[0][0] == "We have a lovely apartment in Haifa, with three rooms."


def test_a_reply_is_spoken_before_it_is_whole() -> None:
    """The first sentence has left when the model has stopped in the second."""

    async def main() -> None:
        slow = script("One is here. Two is there.", always=Fault(hang="between", after=5))
        async with asking(slow) as (_, dialogue):
            dialogue.put(Transcript(0, "what now"))
            assert (await dialogue.until(ReplyText)).text == "One is here."
            assert not dialogue.of(ReplyEnded)

    run(main())


def test_the_model_is_told_what_was_heard() -> None:
    """The prompt, then the conversation: each question, and of each reply what the caller heard of it."""

    async def main() -> list[tuple[str, str]]:
        told_as_it_is: dict[str, Any] = {"instructions": "You are Dana.", "manner": "", "secrecy": 0}
        async with asking(script("One. Two.", "Three."), **told_as_it_is) as (server, dialogue):
            dialogue.put(Transcript(0, "first"))
            await dialogue.until(ReplyEnded)
            dialogue.put(AgentSpeaking(True), AgentSpeaking(False, "One."), Transcript(0, "second"))
            await dialogue.until(ReplyEnded, 2)
            return told(server)

    assert run(main()) == [
        ("system", "You are Dana."),
        ("user", "first"),
        ("assistant", "One."),
        ("user", "second"),
    ]


def test_only_the_end_of_a_long_conversation_is_told() -> None:
    """`history_turns` questions, with the replies to all but the last."""
    *_, server, _ = ask(script(*"abcdef"), "1", "2", "3", "4", history_turns=2, manner="")
    assert [text for _, text in told(server)] == ["3", "c", "4"]


def test_the_length_and_the_style_of_replies_are_told() -> None:
    """And the language."""
    *_, server, _ = ask(script(), language="he-IL", style="dry", min_chars=33, max_chars=222)
    manner = told(server)[0][1]
    assert all(word in manner for word in ("33 to 222 characters", "style: dry", "language he-IL"))
    assert "style: warm helpful" in told(ask(script())[2])[0][1]
    assert "160 to 420 characters" in told(ask(script())[2])[0][1].replace("\n", " ")


def test_the_prompt_knows_the_call() -> None:
    """What it leaves open is filled in once a call."""
    text = "Called ${called} by ${caller}, ${language}, at ${time} on ${date}."
    call = {"called": "+97231", "caller": "+97252"}
    *_, server, _ = ask(script(), "a", "b", instructions=text, manner="", timezone="Asia/Jerusalem", call=call)
    prompt = told(server)[0][1]
    assert prompt.startswith("Called +97231 by +97252, en-US, at ") and "$" not in prompt
    assert told(server, 0)[0] == told(server, 1)[0]


def test_without_a_prompt_nothing_of_the_kind_is_told() -> None:
    """Not an empty one."""
    *_, server, _ = ask(script(), manner="")
    assert [role for role, _ in told(server)] == ["user"]


def test_only_what_is_set_is_passed_on() -> None:
    """As some servers know fewer parameters than others."""
    assert set(body(ask(script())[2])) == {"model", "messages", "stream"}
    chosen = {"temperature": 0.0, "reasoning_effort": "none", "verbosity": "low", "service_tier": "priority"}
    it = body(ask(script(), **chosen, max_tokens=300, extra={"seed": 7, "keep_alive": "1h"})[2])
    assert {name: it[name] for name in chosen} == chosen
    assert (it["max_completion_tokens"], it["seed"], it["keep_alive"]) == (300, 7, "1h")


@pytest.mark.parametrize(("key", "sent"), [(KEY, f"Bearer {KEY}"), ("", "Bearer none")])
def test_the_key_is_sent_to_the_server(key: str, sent: str) -> None:
    """A server that asks for none gets what the library insists on."""
    *_, server, _ = ask(script(), key=Secret(key))
    assert server.requests[0].headers["Authorization"] == sent


@pytest.mark.parametrize("linger", [False, True])
def test_the_reply_ends_with_its_finish_reason(linger: bool) -> None:
    """The last sentence does not wait for a body that does not end; if it ends, the connection is used again."""

    async def main() -> tuple[list[str], set[int]]:
        async with asking(script("Yes", always=Fault(linger=linger))) as (server, dialogue):
            for number in (1, 2):
                dialogue.put(Transcript(0, f"question {number}"), AgentSpeaking(False))
                await dialogue.until(ReplyEnded, number)
            return [it.text for it in dialogue.of(ReplyText)], {it.peer for it in server.requests}

    said, peers = run(main())
    assert said == ["Yes", "Yes"] and len(peers) == (2 if linger else 1)


def test_a_warm_up_loads_what_the_first_call_would_wait_for() -> None:
    """One small request at the start, over the connection that the calls use."""

    async def main() -> None:
        async with asking(script(), warm_up=True) as (server, dialogue):
            assert told(server) == [("user", "Say: yes.")]
            dialogue.put(Transcript(0, "what now"))
            await dialogue.until(ReplyEnded)
            assert len({it.peer for it in server.requests}) == 1

    run(main())


def test_a_server_that_is_down_keeps_nobody_from_starting(log: list[str]) -> None:
    """One warning says so, without the key."""

    async def main() -> None:
        async with OpenAi() as server:
            down = settings(server, warm_up=True)
        async with bench(OpenAiDialogue, down):
            pass
        async with asking(script(faults=[Fault(status=401)]), warm_up=True):
            pass

    run(main())
    assert len(log) == 2 and "small does not answer: Connection error" in log[0]
    assert "401 invalid_api_key" in log[1] and KEY not in log[1]


def test_the_key_is_in_no_log() -> None:
    """Not even if the server repeats it, tracebacks and all."""
    lines: list[Any] = []
    sink = logger.add(lines.append, level="TRACE", diagnose=False, backtrace=True)
    try:
        for fault in (Fault(status=401), Fault(hang="first"), Fault(cut=90), Fault(status=500)):
            ask(script(always=fault), first_token=0.3)
    finally:
        logger.remove(sink)
    assert lines and not any(KEY in line for line in lines)


# ---- the config ---------------------------------------------------------------------------------------------------

CONFIG = chain("language: he-IL\n", llm='llm.openai: {model: small, key: "${KEY}", %s}')


def faults(config: Callable[..., Any], fields: str) -> list[tuple[int, str]]:
    with pytest.raises(ConfigError) as found:
        config(CONFIG % fields, env={"KEY": KEY})
    return [(fault.line, fault.text) for fault in found.value.faults]


def test_a_prompt_is_a_file_beside_the_config(config: Callable[..., Config], tmp_path: Path) -> None:
    """Or text in the config, where a plain `${` is written `$${`."""
    (tmp_path / "dana.md").write_text("את דנה. ${caller}\n", encoding="utf-8")
    for field in ("prompt: dana.md", 'instructions: "את דנה. $${caller}"'):
        step = config(CONFIG % field, env={"KEY": KEY}).steps[4]
        assert isinstance(step.settings, OpenAiSettings)

        async def main(it: Step = step) -> Any:
            async with it.kind.share(_quiet(it.settings), (), "he-IL") as model:
                return model.prompt

        assert run(main()) == "את דנה. ${caller}"


def _quiet(it: OpenAiSettings) -> OpenAiSettings:
    return type(it)(**{name: getattr(it, name) for name in it.__struct_fields__} | {"warm_up": False})


def test_a_prompt_that_leaves_something_else_open_is_a_fault(config: Callable[..., Config], tmp_path: Path) -> None:
    """It names what nothing fills, and what there is."""
    (tmp_path / "dana.md").write_text("${caller} ${callsid} ${}", encoding="utf-8")
    for field in ("prompt: dana.md", 'instructions: "$${callsid} $${}"', 'manner: "$${callsid} $${}"'):
        found = faults(config, field)
        assert [line for line, _ in found] == [7, 7]
        assert (
            f"`{field.split(':')[0]}` has ${{callsid}} in it, which nothing fills; there are called, caller"
            in found[0][1]
        )


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ("prompt: dana.md, instructions: x", "`instructions` and `prompt` exclude each other"),
        ("prompt: latin.md", "`prompt` cannot be read as UTF-8 text"),
        ("prompt: none.md", "`prompt` wants a file, and `none.md` is not there"),
        ("min_chars: 500", "`min_chars` is more than `max_chars`, 420"),
        ("base_url: localhost", "`base_url` is no address"),
        ("timezone: Mars/Base", "`timezone` is no time zone"),
        ("temperature: 3", "`temperature` wants 0 to 2"),
        ("first_token: 2", "`first_token` wants a duration"),
    ],
)
def test_a_config_that_cannot_work_says_why(
    config: Callable[..., Config], tmp_path: Path, fields: str, wrong: str
) -> None:
    """Before the first call."""
    (tmp_path / "dana.md").write_text("You are Dana.", encoding="utf-8")
    (tmp_path / "latin.md").write_bytes(b"caf\xe9")
    with pytest.raises(ConfigError) as found:
        config(CONFIG % fields, env={"KEY": KEY})
    assert [wrong in fault.text for fault in found.value.faults] == [True]


@pytest.mark.parametrize(("blank", "variable"), [("key", "OPENAI_API_KEY"), ("model", "LLM_MODEL")])
def test_what_is_lacking_is_a_warning_and_never_a_start(
    config: Callable[..., Config], blank: str, variable: str
) -> None:
    """A config can be checked without it; the agent does not start, and says in one line what to set."""
    text = re.sub(rf'\b{blank}: ("[^"]*"|\w+)', f'{blank}: ""', CONFIG) % "min_chars: 20"
    checked = config(text, env={"KEY": KEY})
    (warning,) = checked.warnings
    assert warning.line == 7 and variable in warning.text
    step = next(step for step in checked.steps if step.word == "llm.openai")

    async def start() -> None:
        async with OpenAiDialogue.share(step.settings, (), "en-US"):
            pass

    with pytest.raises(KavError, match=variable):
        asyncio.run(start())


def test_the_phrases_are_known_ahead() -> None:
    """With the one for a reply that broke off."""
    it = OpenAiSettings(model="m", key=Secret("k"))
    assert OpenAiDialogue.phrases(it, "he-IL")[-1] == "סליחה, נקטעתי באמצע. להמשיך?"
    assert len(OpenAiDialogue.phrases(it, "en-US")) == 5
