"""`graph --svg`: a picture that is well-formed, and in which nothing covers anything else."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from pipeline.config import Config, load
from pipeline.faults import KavError
from pipeline.terminal.columns import columns
from pipeline.tools.graph.chart import chart
from pipeline.tools.graph.svg import ADVANCE, SMALL, WORD, draw, svg

ROOT = Path(__file__).parents[3]
ENV = {"LLM_MODEL": "some-model", "OPENAI_API_KEY": "sk-secret"}
CONFIGS = sorted(path for path in (ROOT / "configs").glob("*.yaml") if not path.stem.endswith(".test"))
SVG = "{http://www.w3.org/2000/svg}"
CROWDED = """
pipeline:
  - twilio_serializer
  - vad.energy
  - end_of_utterance
  - asr.script: {say: ["שלום, אני מחפש דירה", "漢字漢字漢字漢字漢字漢字"], fallback: [asr.google]}
  - greeting: {text: "שלום & <b>ברוך הבא</b>"}
  - llm.rules: {intents: [{hear: [bye], say: [Bye.], hang_up: true}], fallback: [what]}
  - tts.tone: {fallback: [tts.espeak, {tts.tone: {pitch: 300}}]}
  - pacer
  - twilio_sink
"""


class Area(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def covers(self, other: Area) -> bool:
        return not (
            self.right <= other.left or other.right <= self.left or self.bottom <= other.top or other.bottom <= self.top
        )


@pytest.fixture(params=[*CONFIGS, CROWDED], ids=lambda it: it.name if isinstance(it, Path) else "crowded")
def picture(request: pytest.FixtureRequest, config: Callable[..., Config]) -> ElementTree.Element:
    """The picture of a shipped config, or of one with everything in it, parsed."""
    loaded = load(request.param, env=ENV) if isinstance(request.param, Path) else config(request.param)
    return ElementTree.fromstring(svg(chart(loaded)))


def box(node: ElementTree.Element) -> Area:
    (rect,) = node.findall(f"{SVG}rect")
    x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
    return Area(x, y, x + width, y + height)


def area(text: ElementTree.Element) -> Area:
    """What a text covers, by the widths of its letters."""
    size = WORD if text.attrib["class"] == "word" else SMALL
    x, y = float(text.attrib["x"]), float(text.attrib["y"])
    return Area(x, y - size, x + columns("".join(text.itertext())) * size * ADVANCE, y + size / 4)


def texts(picture: ElementTree.Element) -> Iterator[Area]:
    return map(area, picture.iter(f"{SVG}text"))


def test_every_text_is_inside_its_box(picture: ElementTree.Element) -> None:
    """With the whole of its width and height."""
    for node in picture.iter(f"{SVG}g"):
        own = box(node)
        for text in map(area, node.iter(f"{SVG}text")):
            assert own.left < text.left and text.right <= own.right and own.top <= text.top
            assert text.bottom <= own.bottom


def test_nothing_covers_anything_else(picture: ElementTree.Element) -> None:
    """No text another one, no box another one, and no label a box; all of it is within the page."""
    boxes = [box(node) for node in picture.iter(f"{SVG}g")]
    labels = [area(text) for text in picture.findall(f"{SVG}text")]
    for one, other in itertools.combinations([*boxes, *labels], 2):
        assert not one.covers(other), (one, other)
    assert not any(one.covers(other) for one, other in itertools.combinations(texts(picture), 2))
    for each in [*boxes, *labels]:
        assert each.left >= 0 and each.right <= float(picture.attrib["width"])
        assert each.bottom <= float(picture.attrib["height"])


def test_it_needs_nothing_else(picture: ElementTree.Element) -> None:
    """No font, script, link or picture from elsewhere; colours for light and for dark pages."""
    text = ElementTree.tostring(picture, encoding="unicode")
    assert not re.search(r"href|url\(|@import|<script|@font-face", text)
    assert "prefers-color-scheme:dark" in text


def test_it_is_written_to_a_file(tmp_path: Path) -> None:
    """With what `--swap` and `--set` change; a file that cannot be written is said."""
    out = tmp_path / "chain.svg"
    assert draw(str(ROOT / "configs/bench.yaml"), out, True, "vad: vad.silero", ["vad.rms=99"]) == 0
    text = out.read_text(encoding="utf-8")
    assert "vad.silero" in text and ">99<" in text
    with pytest.raises(KavError, match="nowhere"):
        draw(str(ROOT / "configs/bench.yaml"), tmp_path / "nowhere" / "chain.svg", False, "", [])


def test_without_a_file_it_is_mermaid(capsys: pytest.CaptureFixture[str]) -> None:
    """On the standard output, to be put into any Markdown page."""
    assert draw(str(ROOT / "configs/bench.yaml"), None, False, "", []) == 0
    assert capsys.readouterr().out.startswith("flowchart TD\n")
