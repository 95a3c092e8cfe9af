"""Sets of labelled audio: read, or refused with the file and the place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.turns.__main__ import main
from benchmarks.turns.clips import BrokenSet, read
from tests.kit.turn_sets import quiet, tiny, tone, written

SPOKEN = (tone(1.0, 300.0), {"lang": "en", "text": "hello there", "end": 1.0, "holds": []})


def test_a_set_is_read(tmp_path: Path) -> None:
    """Each clip has its labels and its own part of the sound; kinds that are not there are told."""
    clips = read(tiny(tmp_path / "set"))
    assert clips.missing == ["noise"] and len(clips["turns"]) == 3
    first = clips["turns"][0]
    assert (first.lang, first.text, first.speaker) == ("en", "where is the office", "turns")
    assert first.holds == ((1.0, 1.3),) and first.end == pytest.approx(1.9)
    assert first.voice == pytest.approx((0.0, 1.9), abs=0.02)
    assert clips["words"][1].ulaw == tone(0.36, 520.0) + quiet(0.1)


def labels(**changed: Any) -> dict[str, Any]:
    """Return a clip's labels with some of them changed; None removes one."""
    made = {"at": 0, "n": 8000, "key": "en/one", "lang": "en", "text": "hello", "end": 1.0, "holds": [], **changed}
    return {name: value for name, value in made.items() if value is not None}


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ("[{]", "turns.json:1:3: no JSON"),
        ("{}", "turns.json: wants a list of clips, got dict"),
        ('["clip"]', "turns.json: clip 1: Expected `object`, got `str`"),
        (json.dumps([labels(at=None)]), "turns.json: clip 1: Object missing required field `at`"),
        (json.dumps([labels(), labels(n="8000")]), "turns.json: clip 2: Expected `int`, got `str`"),
        (json.dumps([labels(n=8001)]), "turns.json: clip 1 (en/one): `at` + `n` is 8001, and turns.ulaw has 8000"),
        (json.dumps([labels(at=-1)]), "turns.json: clip 1 (en/one): `at` is -1"),
        (json.dumps([labels(n=0)]), "turns.json: clip 1 (en/one): `at` is 0 and `n` 0"),
        (json.dumps([labels(end=None)]), "turns.json: clip 1 (en/one): `end` is missing"),
        (json.dumps([labels(end=1.2)]), "turns.json: clip 1 (en/one): `end` is 1.2 s, and the clip is 1.000 s long"),
        (json.dumps([labels(holds=[[0.5, 0.4]])]), "the pause 0.5 to 0.4 s in `holds` is out of order"),
        (json.dumps([labels(holds=[[0.5, 1.4]])]), "the pause 0.5 to 1.4 s in `holds` is out of order or outside"),
        (json.dumps([labels(holds=[[0.1, 0.4], [0.3, 0.5]])]), "the pause 0.3 to 0.5 s"),
        (json.dumps([labels(holds=[0.1])]), "turns.json: clip 1: Expected `array`, got `float`"),
        ("\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "turns.json"),
    ],
)
def test_a_broken_set_is_refused_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], listed: str, said: str
) -> None:
    """The command ends with 2, and its only words are the file, the clip, and the fault."""
    folder = written(tmp_path / "set", turns=[SPOKEN])
    (folder / "turns.json").write_text(listed, encoding="utf-8")
    assert main([str(folder), "--processes", "1"]) == 2
    told = capsys.readouterr()
    assert said in told.err and "Traceback" not in told.err and not told.out


def test_half_a_kind_is_refused(tmp_path: Path) -> None:
    """A list without its sound, and a sound without its list, are told by name."""
    folder = written(tmp_path / "set", turns=[SPOKEN])
    (folder / "turns.ulaw").unlink()
    with pytest.raises(BrokenSet, match=r"turns\.ulaw: there is no such file, and turns\.json needs it"):
        read(folder)
    (folder / "turns.json").rename(folder / "music.json")
    (folder / "music.ulaw").write_bytes(SPOKEN[0])
    (folder / "music.json").unlink()
    with pytest.raises(BrokenSet, match=r"music\.json: there is no such file"):
        read(folder)


def test_a_folder_without_audio_is_refused(tmp_path: Path) -> None:
    """An empty folder, and none at all."""
    with pytest.raises(BrokenSet, match="no audio in it"):
        read(tmp_path)
    with pytest.raises(BrokenSet, match="there is no such folder"):
        read(tmp_path / "none")


def test_a_word_without_its_text_is_refused(tmp_path: Path) -> None:
    """A clip of `words` has to say which word it is."""
    with pytest.raises(BrokenSet, match=r"words\.json: clip 1 \(words/0\): `word` is missing"):
        read(written(tmp_path / "set", words=[(tone(0.4, 300.0), {"word": " "})]))
