from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import audio, catalog
from pipeline.agent import Agent
from pipeline.config import Config
from pipeline.settings import Secret, StepSettings
from pipeline.testing import run, run_virtual
from pipeline.tts.shared import SoundCache, fingerprint
from processors.tts.tone import ToneVoice
from tests.kit.chain import chain
from tests.kit.voices import END, GOOD, Counted, Faulty, shared, sound, spoken, text

ONE, TWO = b"\1\0" * 500, b"\2\0" * 500  # 1000 bytes each


def within(folder: Any, does: Callable[..., Any], **bounds: Any) -> Any:
    """What `does` returns with a cache of this folder, once everything is written."""

    async def main() -> Any:
        async with SoundCache("voice", folder, **bounds) as cache:
            return await does(cache)

    return run_virtual(main())


def put(**sounds: Any) -> Callable[..., Any]:
    async def does(cache: Any) -> None:
        for name, pcm in sounds.items():
            cache.put(name, pcm)

    return does


def find(*texts: Any) -> Callable[..., Any]:
    async def does(cache: Any) -> list[Any]:
        return [await cache.find(text) for text in texts]

    return does


def test_what_was_spoken_is_there_again() -> None:
    """At once, from memory."""
    cache = SoundCache()

    async def main() -> None:
        cache.put("one", ONE)

    run_virtual(main())
    assert cache.get("one") == ONE and cache.get("two") == b""


def test_what_was_not_used_for_longest_goes_first() -> None:
    """When memory is full."""

    async def does(cache: Any) -> list[Any]:
        for name in ("one", "two"):
            cache.put(name, ONE)
        cache.get("one")
        cache.put("three", ONE)
        return [text for text in ("one", "two", "three") if cache.get(text)]

    assert within(None, does, memory=2500) == ["one", "three"]


def test_what_is_larger_than_all_memory_is_not_kept() -> None:
    """Nor does it push out what is."""

    async def does(cache: Any) -> Any:
        cache.put("one", ONE)
        cache.put("long", bytes(5000))
        return cache.get("long")

    assert within(None, does, memory=2500) == b""


def test_a_folder_keeps_it_from_run_to_run(tmp_path: Path) -> None:
    """Readable by nobody else; another voice's sound is another's."""
    within(tmp_path / "cache", put(one=ONE))
    assert within(tmp_path / "cache", find("one", "two")) == [ONE, b""]
    [file] = (tmp_path / "cache").iterdir()
    assert file.stat().st_mode & 0o077 == 0

    async def main() -> Any:
        async with SoundCache("another voice", tmp_path / "cache") as cache:
            return await cache.find("one")

    assert run_virtual(main()) == b""


def test_the_folder_is_bounded(tmp_path: Path) -> None:
    """The oldest files go; over a smaller bound they go at the start."""
    within(tmp_path, put(one=ONE, two=TWO, three=ONE), disk=2500)
    assert len(list(tmp_path.iterdir())) == 2
    within(tmp_path, find(), disk=1500)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "spoil", [lambda it: it[:-1], lambda it: b"", lambda it: it[:80] + b"x" + it[81:], lambda it: b"RIFF"]
)
def test_a_spoilt_file_is_ignored_and_replaced(tmp_path: Path, spoil: Callable[..., Any]) -> None:
    """Cut short, empty, changed, or something else altogether: never noise."""
    within(tmp_path, put(one=ONE))
    [file] = tmp_path.iterdir()
    file.write_bytes(spoil(file.read_bytes()))
    assert within(tmp_path, find("one")) == [b""]

    async def again(cache: Any) -> None:
        assert await cache.find("one") == b""
        cache.put("one", ONE)

    within(tmp_path, again)
    assert within(tmp_path, find("one")) == [ONE]


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    """Whatever somebody keeps there."""
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "folder.sound").mkdir()
    within(tmp_path, put(one=ONE), disk=1500)
    within(tmp_path, put(two=ONE), disk=1500)
    assert (tmp_path / "notes.txt").read_text() == "mine" and (tmp_path / "folder.sound").is_dir()


def test_a_file_that_went_away_is_a_miss(tmp_path: Path) -> None:
    """Another process may have made room."""

    async def does(cache: Any) -> Any:
        for file in tmp_path.iterdir():  # noqa: ASYNC240
            file.unlink()
        return await cache.find("one")

    within(tmp_path, put(one=ONE))
    assert within(tmp_path, does) == b""


def test_a_folder_that_cannot_be_used_costs_one_warning(tmp_path: Path, log: list[str]) -> None:
    """Memory still works."""
    (tmp_path / "file").write_text("not a folder")

    async def does(cache: Any) -> tuple[Any, Any]:
        cache.put("one", ONE)
        cache.put("two", TWO)
        return cache.get("one"), await cache.find("two")

    assert within(tmp_path / "file", does) == (ONE, TWO)
    assert len(log) == 1 and log[0].startswith("CACHE file cannot be used")


def test_a_folder_that_goes_away_costs_one_warning(tmp_path: Path, log: list[str]) -> None:
    """In the middle of it."""

    async def does(cache: Any) -> Any:
        (tmp_path / "cache").rmdir()
        for name in ("one", "two", "three"):
            cache.put(name, ONE)
        return cache.get("two")

    assert within(tmp_path / "cache", does) == ONE
    assert len(log) == 1


class Sounds(StepSettings, frozen=True, kw_only=True):
    """What a voice may be."""

    pitch: int = 0
    key: Secret = Secret("canary")
    clip: Path | None = None


def test_a_voice_is_what_can_be_heard_of_it() -> None:
    """Not its keys, nor what stands in for it."""
    prints = [fingerprint(Sounds, Sounds(**it), "he-IL", frozenset(["clip"])) for it in (
        {}, {"pitch": 1}, {"key": Secret("other")}, {"clip": Path("x.wav")})]  # fmt: skip
    assert prints[0] == prints[2] == prints[3] != prints[1] and "canary" not in prints[0]
    assert prints[0].startswith("tests.tts.test_shared.Sounds he-IL ")
    assert fingerprint(Sounds, Sounds(), "en-US", frozenset()) != fingerprint(Sounds, Sounds(), "he-IL", frozenset())


@pytest.mark.parametrize("word", ["tts.google", "tts.espeak", "tts.openai", "tts.tone"])
def test_a_voice_goes_by_its_word(word: str) -> None:
    """Whichever module of its folder holds it: caches of older versions are found, and a move empties none."""
    kind = catalog.find(word)
    settings = StepSettings()
    assert fingerprint(kind, settings, "he-IL", frozenset()) == f"processors.{word}.{kind.__name__} he-IL []"


def test_fixed_phrases_are_made_before_the_call() -> None:
    """In the call their sound is there at once, without synthesis."""

    async def main() -> Any:
        async with shared(Counted.Settings(delay=5.0), ("Welcome.",)) as it:
            return it

    Counted.asked.clear()
    ready = run_virtual(main())
    assert Counted.asked == ["Welcome."]
    out = run(Counted(Counted.Settings(delay=5.0), ready), [text("Welcome."), END, 0.01])
    assert spoken(out) == {"Welcome.": pytest.approx(0.48)} and Counted.asked == ["Welcome."]


def test_a_phrase_that_could_not_be_made_is_tried_again_in_the_call(log: list[str]) -> None:
    """A voice that is down at start-up keeps nobody from starting."""

    async def main() -> Any:
        async with shared(Faulty.Settings(), ("Welcome.",), Faulty) as it:
            return it

    ready = run_virtual(main())
    assert ready.prerendered == {"Welcome.": b""} and "Welcome." in log[0]
    assert sound(Faulty(Faulty.Settings(fails=0), ready), "Welcome.") == GOOD


def test_fallback_voices_and_the_clip_come_from_the_config(config: Callable[..., Config], tmp_path: Path) -> None:
    """`fallback` names steps of the same kind, `clip` a WAV file beside the config."""
    audio.write_wav(tmp_path / "sorry.wav", b"\3\0" * 800)
    text = chain(tts="tts.tone: {fallback: [tts.tone: {pitch: 500}], clip: sorry.wav}")

    async def main() -> Any:
        async with Agent.open(config(text)) as agent:
            return agent.opened[5]

    own, spare = run_virtual(main())
    assert own.shared.clip == b"\3\0" * 800
    assert spare.step.kind is ToneVoice and spare.step.settings.pitch == 500
