"""The stand-in for OpenAI, asked by the real client library."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest
from aiohttp import ClientSession, FormData

from pipeline import audio
from pipeline.standins.openai import OpenAi
from pipeline.standins.openai.script import (
    BROKEN_JSON,
    EMPTY,
    ENDLESS,
    ERROR_INSIDE,
    ERRORS,
    NO_CHOICES,
    NO_CONTENT,
    REPEATED,
    Fault,
    Script,
)
from tests.kit.alone import run

USER = [{"role": "user", "content": "hello"}]


@asynccontextmanager
async def client(key: str = "k", wanted: str = "", **script: Any) -> AsyncIterator[Any]:
    quick = {"first_token": 0.0, "tokens_per_second": 1e5, "transcribing": 0.0, "first_sound": 0.0}
    async with (
        OpenAi(Script(key=wanted, **{**quick, **script})) as server,
        openai.AsyncOpenAI(api_key=key, base_url=server.url, max_retries=0) as opened,
    ):
        yield server, opened


async def chat(opened: Any, messages: list[dict[str, str]] = USER) -> tuple[str, str | None]:
    """The reply, streamed, and its finish reason."""
    text, finish = "", None
    async with await opened.chat.completions.create(model="m", messages=messages, stream=True) as stream:
        async for chunk in stream:
            if chunk.choices:
                text += (chunk.choices[0].delta and chunk.choices[0].delta.content) or ""
                finish = chunk.choices[0].finish_reason or finish
    return text, finish


def test_it_streams_replies_one_a_request_over_and_over() -> None:
    """The text is whole, however it is cut into tokens."""
    texts = ["Good morning,  how are you?\n", "שלום, מה שלומך היום?"]

    async def main() -> None:
        async with client(replies=texts) as (server, opened):
            assert [await chat(opened) for _ in range(3)] == [(text, "stop") for text in [*texts, texts[0]]]
            assert [it.ended for it in server.requests] == ["done"] * 3
            assert server.requests[0].body["messages"] == USER and server.requests[0].written > 5

    run(main())


@pytest.mark.parametrize("replies", [{"hello": "Hi."}, lambda messages: {"hello": "Hi."}[messages[-1]["content"]]])
def test_it_answers_what_it_is_asked(replies: dict[str, str]) -> None:
    """From a table by the last question, or by a function of the conversation."""

    async def main() -> tuple[str, str]:
        async with client(replies=replies) as (_, opened):
            return await chat(opened)

    assert run(main()) == ("Hi.", "stop")


def test_it_answers_without_a_stream() -> None:
    """If it is asked so."""

    async def main() -> tuple[str, str]:
        async with client(replies=["Hi."]) as (_, opened):
            whole = await opened.chat.completions.create(model="m", messages=USER)
            return whole.choices[0].message.content, whole.choices[0].finish_reason

    assert run(main()) == ("Hi.", "stop")


@pytest.mark.parametrize(("status", "code"), ERRORS)
def test_it_refuses_as_openai_does(status: int, code: str) -> None:
    """The library makes its own errors of it, with their code."""

    async def main() -> Any:
        async with client(always=Fault(status=status, code=code, retry_after="7")) as (_, opened):
            with pytest.raises(openai.APIStatusError) as found:
                await chat(opened)
            return found.value

    error = run(main())
    assert (error.status_code, error.code or "") == (status, code)
    assert error.response.headers["retry-after"] == "7" and error.message


def test_a_wrong_key_is_refused() -> None:
    """If it has been told the right one."""

    async def main() -> None:
        async with client(key="wrong", wanted="right") as (_, wrong):
            with pytest.raises(openai.AuthenticationError, match="Incorrect API key provided: wrong"):
                await chat(wrong)
            async with wrong.with_options(api_key="right") as right:
                await chat(right)

    run(main())


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (ERROR_INSIDE, openai.APIError),
        (BROKEN_JSON, ValueError),
        (Fault(cut=400), openai.APIConnectionError),
        (Fault(cut=0), openai.APIConnectionError),
    ],
    ids=["an error inside", "broken JSON", "cut", "cut at once"],
)
def test_its_streams_can_break(fault: Fault, error: type[Any]) -> None:
    """As the library sees it; the next request goes well."""

    async def main() -> None:
        async with client(faults=[fault], replies=["one two three four five"]) as (_, opened):
            with pytest.raises(error):
                await chat(opened)
            assert await chat(opened) == ("one two three four five", "stop")

    run(main())


@pytest.mark.parametrize("fault", [NO_CHOICES, NO_CONTENT], ids=["no choices", "no content"])
def test_its_streams_can_be_odd(fault: Fault) -> None:
    """Chunks without words are no fault."""

    async def main() -> tuple[str, str]:
        async with client(always=fault, replies=["one two three four five"]) as (_, opened):
            return await chat(opened)

    assert run(main()) == ("one two three four five", "stop")


def test_it_can_say_nothing_or_something_else() -> None:
    """An empty reply, another finish reason, none at all."""

    async def main() -> list[tuple[str, str | None]]:
        async with client(faults=[EMPTY, Fault(text="x", finish="length"), Fault(finish="")], replies=["y"]) as (
            _,
            opened,
        ):
            return [await chat(opened) for _ in range(3)]

    assert run(main()) == [("", "stop"), ("x", "length"), ("y", None)]


@pytest.mark.parametrize("fault", [ENDLESS, REPEATED], ids=["endless", "repeated"])
def test_it_can_go_on_for_ever(fault: Fault) -> None:
    """Until the client goes away, which it sees: the request is over, and nothing more is written."""

    async def main() -> None:
        async with client(always=fault) as (server, opened):
            stream = await opened.chat.completions.create(model="m", messages=USER, stream=True)
            words = 0
            async for _ in stream:
                words += 1
                if words == 20:
                    break
            assert server.open == 1
            await stream.close()
            await server.requests[0].over.wait()
            assert (server.open, server.requests[0].ended) == (0, "gone") and server.requests[0].late <= 1

    run(main())


@pytest.mark.parametrize("hang", ["request", "first", "between"])
def test_it_can_hang(hang: Any) -> None:
    """Wherever it is told to, until the client goes away."""

    async def main() -> None:
        async with client(always=Fault(hang=hang), replies=["one two three four five"]) as (server, opened):
            with pytest.raises((openai.APITimeoutError, openai.APIConnectionError)):
                await chat(opened.with_options(timeout=0.2))
            assert (await server.request(0)).path == "/v1/chat/completions"
            await server.requests[0].over.wait()
            assert server.requests[0].ended == "gone" and server.requests[0].written == (3 if hang == "between" else 0)

    run(main())


def test_it_transcribes() -> None:
    """Whatever the sound, one text a request, over and over; it keeps the file."""

    async def main() -> None:
        async with client(heard=["one", "two"]) as (server, opened):
            sound = ("a.wav", b"RIFF....WAVE", "audio/wav")
            texts = [
                (await opened.audio.transcriptions.create(model="t", file=sound, language="he")).text for _ in range(3)
            ]
            plain = await opened.audio.transcriptions.create(model="t", file=sound, response_format="text")
            assert texts == ["one", "two", "one"] and plain == "two\n"
            assert server.requests[0].body == {"model": "t", "language": "he", "file": b"RIFF....WAVE"}

    run(main())


def test_it_transcribes_in_a_stream() -> None:
    """A word after the other, then the whole."""

    async def main() -> list[tuple[str, str]]:
        async with client(heard=["one two"]) as (_, opened):
            sound = ("a.wav", b"RIFF....WAVE", "audio/wav")
            stream = await opened.audio.transcriptions.create(model="t", file=sound, stream=True)
            return [(it.type.rpartition(".")[2], getattr(it, "delta", "") or it.text) async for it in stream]

    assert run(main()) == [("delta", "one"), ("delta", " two"), ("done", "one two")]


def test_it_wants_a_file_to_transcribe() -> None:
    """As OpenAI does."""

    async def main() -> None:
        async with client() as (server, _), ClientSession() as session:
            form = FormData({"model": "t"}, default_to_multipart=True)
            async with session.post(f"{server.url}/audio/transcriptions", data=form) as answer:
                assert answer.status == 400 and "file" in (await answer.json())["error"]["message"]

    run(main())


@pytest.mark.parametrize("odd", [False, True])
def test_it_speaks(odd: bool) -> None:
    """At a speaker's pace, in 16-bit PCM at 24 kHz, in chunks; of an odd number of bytes, if so told."""

    async def main() -> bytes:
        async with client(always=Fault(odd=odd)) as (server, opened):
            create = opened.audio.speech.with_streaming_response.create
            async with create(model="s", voice="v", input="x" * 30, response_format="pcm") as response:
                sound = b"".join([chunk async for chunk in response.iter_bytes()])
            assert server.requests[0].body["input"] == "x" * 30 and server.requests[0].written == 20
            return sound

    sound = run(main())
    assert len(sound) == 2 * 2 * 24000 and 3000 < audio.rms(sound) < 5000


def test_text_that_is_too_long_is_not_spoken() -> None:
    """4096 letters are the limit."""

    async def main() -> None:
        async with client() as (_, opened):
            with pytest.raises(openai.BadRequestError):
                await opened.audio.speech.create(model="s", voice="v", input="x" * 4097, response_format="pcm")

    run(main())
