"""The recogniser's processes: what they understand, what they refuse, and what becomes of them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from pipeline import audio
from processors.asr.pocketsphinx import pool as sphinx

pytest.importorskip("pocketsphinx")

ROOT = Path(__file__).parents[4]
SPOKEN = {
    "looking": "hello i am looking for an apartment",
    "rooms": "three rooms please",
    "city": "in tel aviv",
    "budget": "two million shekels",
    "name": "my name is david",
    "callback": "tomorrow at five",
    "wait": "no wait four rooms",
    "bye": "thank you goodbye",
}
WORDING = sphinx.Grammar(
    phrases=[
        "[hello | hi] i am looking for (an apartment | a house) [in {city}]",
        "[i want] {rooms} rooms [please]",
        "(no wait | wait | no) {rooms} rooms",
        "[in] {city} [please]",
        "[about | up to] {budget} [shekels]",
        "my name is {name}",
        "{day} at {hour}",
        "(yes | yeah | okay)",
        "(no | no thank you)",
        "(wait | one moment | hold on)",
        "([please] repeat that | say that again)",
        "(thank you | thanks) [goodbye | bye]",
        "(goodbye | bye)",
    ],
    slots={
        "rooms": ["two", "three", "four", "five"],
        "city": ["tel aviv", "haifa", "jerusalem", "netanya"],
        "budget": ["one million", "two million", "three million"],
        "name": ["david", "daniel", "sarah", "rachel", "michael"],
        "day": ["today", "tomorrow", "on sunday"],
        "hour": ["four", "five", "six"],
    },
    pronunciations={"netanya": "N AH T AA N Y AH"},
)


@asynccontextmanager
async def listening(workers: int = 2, wording: sphinx.Grammar = WORDING) -> AsyncIterator[sphinx.SphinxPool]:
    """A pool that is ready, closed at the end."""
    pool = sphinx.SphinxPool(wording, workers)
    pool.start()
    try:
        await pool.ready()
        yield pool
    finally:
        await pool.close()


def on_the_line(path: Path, decibels: float = 0, late: int = 0) -> bytes:
    """A recording as a call brings it: some samples late, silence around it, faint noise, mu-law there and back."""
    sound = np.frombuffer(audio.read_wav(path), "<i2") * 10 ** (decibels / 20)
    quiet = np.random.default_rng(late).normal(0, 8, late + 1600 + sound.size + 4000)
    quiet[late + 1600 : late + 1600 + sound.size] += sound
    return audio.decode(audio.encode(np.clip(quiet, -32768, 32767).astype("<i2").tobytes()))


def recording(name: str, decibels: float = 0, late: int = 0) -> bytes:
    return on_the_line(ROOT / f"configs/demo/{name}.wav", decibels, late)


def ears(pool: sphinx.SphinxPool, *sounds: bytes) -> asyncio.Future[list[tuple[str, float]]]:
    return asyncio.gather(*(pool.hear(sound) for sound in sounds))


def test_the_demo_caller_is_understood() -> None:
    """Each recording of the demo is heard word for word, loud or faint, and wherever in a frame it begins."""

    async def all_of_them() -> None:
        async with listening() as pool:
            for decibels, late in ((0, 0), (-6, 37), (6, 91)):
                heard = await ears(pool, *(recording(name, decibels, late) for name in SPOKEN))
                assert [text for text, _ in heard] == list(SPOKEN.values())
                assert all(0.5 <= confidence <= 1 for _, confidence in heard)

    asyncio.run(all_of_them())


def test_what_fits_no_phrase_is_no_text() -> None:
    """Sentences about something else, hiss, silence, and less sound than a word takes give an empty text."""
    hiss = np.random.default_rng(0).normal(0, 1000, 8000).astype("<i2").tobytes()
    unrelated = [on_the_line(ROOT / f"tests/data/unrelated_{name}.wav") for name in ("concert", "tea")]

    async def all_of_them() -> None:
        async with listening() as pool:
            heard = await ears(pool, *unrelated, hiss, bytes(16000), bytes(2))
            assert [text for text, _ in heard] == [""] * 5

    asyncio.run(all_of_them())


def test_more_utterances_than_workers() -> None:
    """One worker hears what several callers say at once, one after the other."""

    async def five() -> None:
        async with listening(1) as pool:
            heard = await ears(pool, *[recording("city")] * 5)
            assert [text for text, _ in heard] == ["in tel aviv"] * 5

    asyncio.run(five())


def test_who_stops_waiting_holds_nobody_up() -> None:
    """Utterances that are given up, waiting or already being heard, leave the worker to the next one."""

    async def given_up() -> None:
        async with listening(1) as pool:
            hopeless = [asyncio.create_task(pool.hear(recording("looking"))) for _ in range(3)]
            await turns()
            for task in hopeless:
                task.cancel()
            assert (await pool.hear(recording("bye")))[0] == "thank you goodbye"

    asyncio.run(given_up())


def test_a_killed_worker_is_replaced() -> None:
    """The utterance that a worker had when it was killed is an empty text, and the next one is heard by another."""

    async def killed() -> None:
        async with listening(1) as pool:
            (victim,) = pool.pids
            os.kill(victim, signal.SIGSTOP)  # it cannot be faster than the kill
            lost = asyncio.create_task(pool.hear(recording("city")))
            await turns()
            os.kill(victim, signal.SIGKILL)
            assert await lost == ("", 0.0)
            assert (await pool.hear(recording("city")))[0] == "in tel aviv"
            assert victim not in pool.pids

    asyncio.run(killed())


def test_an_idle_worker_that_died_costs_no_utterance() -> None:
    """A worker that was killed while nobody spoke is replaced before the next utterance is heard."""

    async def killed() -> None:
        async with listening(1) as pool:
            (victim,) = pool.pids
            os.kill(victim, signal.SIGKILL)
            await asyncio.to_thread(os.waitid, os.P_PID, victim, os.WEXITED | os.WNOWAIT)
            await turns()
            assert (await pool.hear(recording("city")))[0] == "in tel aviv"

    asyncio.run(killed())


def test_close_leaves_nothing() -> None:
    """A closed pool has no process, no file descriptor and no task left, whatever it was doing, and hears no more."""

    async def opened_and_closed() -> None:
        before = open_files()
        async with listening() as pool:
            pids = pool.pids
            lost = asyncio.create_task(pool.hear(recording("city")))
            await turns()
        assert await lost == ("", 0.0)
        assert not open_files() - before
        assert asyncio.all_tasks() == {asyncio.current_task()}
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
        with pytest.raises(ChildProcessError):
            await pool.hear(recording("city"))

    asyncio.run(opened_and_closed())


def test_a_grammar_that_cannot_be_used() -> None:
    """A word without phones, or phones that do not exist, are told when the workers start."""

    async def started(wording: sphinx.Grammar) -> None:
        async with listening(1, wording):
            raise AssertionError("it started")

    for wording in (sphinx.Grammar(["zzyzx"]), sphinx.Grammar(["haifa"], pronunciations={"haifa": "QQ"})):
        with pytest.raises(ChildProcessError, match="cannot use the grammar"):
            asyncio.run(started(wording))


@pytest.mark.parametrize("phrase", ["(yes", "yes)", "[yes)", "{yes", "in {town}", "", "()"])
def test_a_phrase_that_is_no_phrase(phrase: str) -> None:
    """A bracket without its partner, an unknown slot and a phrase without words are refused before anything starts."""
    with pytest.raises(ValueError, match=r"bracket|slot"):
        sphinx.grammar([phrase], {})


def test_words_that_the_dictionary_lacks() -> None:
    """Brackets and slots are no words; what only looks like a pattern, or begins like a known word, is lacking, too."""
    said = [sphinx.words(text) for text in ("[Hello] zzyzx in {city}", "(yes|no)", "Haifa", "tel ashdod", "hel h.llo")]
    assert said[:2] == [{"hello", "zzyzx", "in"}, {"yes", "no"}]
    assert sphinx.lacking(frozenset().union(*said)) == {"zzyzx", "ashdod", "hel", "h.llo"}
    assert not sphinx.lacking(frozenset())


async def turns() -> None:
    """Let the event loop go round until what has been started waits for a worker."""
    for _ in range(10):
        await asyncio.sleep(0)


def open_files() -> set[tuple[str, str]]:
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the folder itself, while it was listed
            found.add((path.name, str(path.readlink())))
    return found
