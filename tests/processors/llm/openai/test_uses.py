"""The uses of tools in the streams of a few dozen servers, however they are cut, and their bounds."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.llm.asked import Asked
from pipeline.settings import Secret
from pipeline.text import normalise
from processors._shared.openai_client import ProviderFault
from processors.llm.openai.reading import Reading
from processors.llm.openai.stream import Chunks
from processors.llm.openai.uses import LONGEST, MOST, Uses
from tests.kit.dialects import ACRE, OFFERED, STREAMED, WRITTEN, Wanted, cut, delta, ends, text, use

BODIES = {**STREAMED, **WRITTEN}


def read(body: bytes, *cuts: int) -> tuple[list[str | Asked], Reading]:
    """The bits of a body that comes in pieces."""
    chunks, reading, bits = Chunks(Secret("")), Reading(800, offered=OFFERED), list[str | Asked]()
    at = [0, *sorted(min(each, len(body)) for each in cuts), len(body)]
    for begin, end in pairwise(at):
        for piece in chunks.feed(body[begin:end]):
            bits += reading.feed(piece)
    bits += reading.feed(chunks.end())
    return [*bits, *reading.end()], reading


def whole(bits: list[str | Asked]) -> Wanted:
    """The uses, with their arguments."""
    found = [bit for bit in bits if isinstance(bit, Asked) and bit.whole]
    assert [it.index for it in found] == list(range(len(found)))
    return [(it.name, json.loads(it.arguments or "{}")) for it in found]


@pytest.mark.fault("J29", "J30")
@given(st.sampled_from(sorted(BODIES)), st.lists(st.integers(0, 3000), max_size=8))
def test_any_server_however_its_stream_is_cut(name: str, cuts: list[int]) -> None:
    """The same uses, each told by its name before it is whole, and no word of them is spoken."""
    bits, _ = read(BODIES[name].body(), *cuts)
    assert whole(bits) == BODIES[name].wanted
    first = [bit.name for bit in bits if isinstance(bit, Asked) and not bit.whole]
    assert [it for it, _ in whole(bits)] == [it for it in first if it != "book" or name != "the name in pieces"]
    assert normalise("".join(bit for bit in bits if isinstance(bit, str))) in ("", "one moment", "yes")


@pytest.mark.fault("J29", "J30")
@pytest.mark.parametrize("name", sorted(BODIES))
def test_every_server_also_a_byte_at_a_time(name: str) -> None:
    """So that none of them is left to chance."""
    body = BODIES[name].body()
    assert whole(read(body)[0]) == whole(read(body, *range(len(body)))[0]) == BODIES[name].wanted


@pytest.mark.parametrize("name", sorted(STREAMED))
def test_a_use_is_told_as_soon_as_its_name_is_there(name: str) -> None:
    """So that its sentence is said while the arguments come."""
    bits, _ = read(STREAMED[name].body())
    first = next(at for at, bit in enumerate(bits) if isinstance(bit, Asked))
    bit = bits[first]
    assert isinstance(bit, Asked) and not bit.whole and not bit.arguments


@pytest.mark.fault("J31")
@given(st.sampled_from(sorted(STREAMED)), st.integers(1, 3000))
def test_a_stream_that_breaks_has_no_whole_use(name: str, at: int) -> None:
    """Wherever it breaks, before its finish reason."""
    body = STREAMED[name].body()
    ended = body.index(b'finish_reason": "')
    chunks, reading = Chunks(Secret("")), Reading(800, offered=OFFERED)
    bits = [bit for piece in chunks.feed(body[: min(at, ended)]) for bit in reading.feed(piece)]
    assert not any(isinstance(bit, Asked) and bit.whole for bit in bits)
    with pytest.raises(ProviderFault, match="broke off"):
        for _ in range(2):  # the first may be a whole line without its end
            chunks.end()


TEXT = st.text(max_size=6) | st.sampled_from(['"', "\\", "{", "}{", '\\"}'])


@given(st.lists(st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT, max_size=2), max_size=2), max_size=4))
def test_any_arguments_one_use_after_the_other(many: list[dict[str, Any]]) -> None:
    """Under one index, in pieces, without a name but in the first delta of each."""
    uses = Uses(OFFERED)
    deltas = [use("book" if not at else None, piece, index=0) for each in many for at, piece in enumerate(cut(each))]
    asked = [*uses.feed(deltas), *uses.end()]
    assert whole([*asked]) == [("book", each) for each in many]


@given(st.lists(st.fixed_dictionaries({}, optional={"index": st.integers(0, 2), "id": st.sampled_from("ab")})))
def test_any_deltas(fields: list[dict[str, Any]]) -> None:
    """However senseless, they are read without an error."""
    uses = Uses(OFFERED)
    for at, each in enumerate(fields):
        odd: list[Any] = [
            {**each, "function": None},
            {**each, "name": 7},
            use("book", '{"', **each),
            use("x", "}", **each),
        ]
        list(uses.feed([odd[at % 4]]))
    assert all(isinstance(bit, Asked) for bit in uses.end())


@pytest.mark.fault("J19")
def test_at_most_30_uses() -> None:
    """The rest of the answer is not read."""
    events = [delta(*(use("book", text(ACRE), index=at) for at in range(MOST + 5))), ends()]
    uses = Uses(OFFERED)
    asked = [*uses.feed(events[0]["delta"]["tool_calls"]), *uses.end()]
    assert len(whole([*asked])) == MOST == 30 and uses.is_full


@pytest.mark.fault("J17")
def test_at_most_100_kilobytes_of_arguments() -> None:
    """They are cut there, and so no JSON any more: the check of the arguments says so to the model."""
    uses = Uses(OFFERED)
    list(uses.feed([use("book", '{"city": "')]))
    for _ in range(300):
        list(uses.feed([use(None, "x" * 1000)]))
    (asked,) = uses.end()
    assert len(asked.arguments) == LONGEST == 100_000 and uses.is_full
    with pytest.raises(ValueError):
        json.loads(asked.arguments)


def test_without_tools_nothing_is_asked_for() -> None:
    """As nothing was offered."""
    body = STREAMED["Mistral: whole, with the finish reason; content in parts"].body()
    reading = Reading(800)
    bits = [bit for piece in Chunks(Secret("")).feed(body) for bit in reading.feed(piece)]
    assert [*bits, *reading.end()] == ["One moment.", "\n"]
