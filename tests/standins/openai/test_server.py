"""The stand-in for OpenAI, asked by the real client library."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from aiohttp import ClientSession, FormData

from pipeline import audio
from pipeline.standins.openai.script import Ask, Fault
from tests.kit.alone import run
from tests.kit.openai_http import USER, chat, client


def test_it_streams_replies_one_a_request_over_and_over() -> None:
    """The text is whole, however it is cut into tokens."""
    texts = ["Good morning,  how are you?\n", "שלום, מה שלומך היום?"]

    async def main() -> None:
        async with client(replies=texts) as (server, opened):
            assert [await chat(opened) for _ in range(3)] == [(text, "stop") for text in [*texts, texts[0]]]
            assert [it.ended for it in server.requests] == ["done"] * 3
            assert server.requests[0].body["messages"] == USER and server.requests[0].written > 5

    run(main())


def test_it_answers_without_a_stream() -> None:
    """If it is asked so."""

    async def main() -> tuple[str, str]:
        async with client(replies=["Hi."]) as (_, opened):
            whole = await opened.chat.completions.create(model="m", messages=USER)
            return whole.choices[0].message.content, whole.choices[0].finish_reason

    assert run(main()) == ("Hi.", "stop")


@pytest.mark.parametrize("text", ["", "One moment."])
def test_it_asks_for_tools(text: str) -> None:
    """As its script says: the library puts the deltas together."""
    uses = (("find", {"city": "חיפה", "rooms": 3}), ("book", dict[str, Any]()))

    async def main() -> Any:
        async with (
            client(always=Fault(), replies=[Ask(uses, text)]) as (_, opened),
            opened.chat.completions.stream(model="m", messages=USER) as stream,
        ):
            return (await stream.get_final_completion()).choices[0]

    choice = run(main())
    assert choice.finish_reason == "tool_calls" and (choice.message.content or "") == text
    asked = [(it.function.name, json.loads(it.function.arguments)) for it in choice.message.tool_calls]
    assert asked == list(uses)


def test_a_wrong_key_is_refused() -> None:
    """If it has been told the right one."""

    async def main() -> None:
        async with client(key="wrong", wanted="right") as (_, wrong):
            with pytest.raises(openai.AuthenticationError, match="Incorrect API key provided: wrong"):
                await chat(wrong)
            async with wrong.with_options(api_key="right") as right:
                await chat(right)

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
