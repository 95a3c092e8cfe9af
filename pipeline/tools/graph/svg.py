"""Draw a chain as a self-contained SVG, legible on light and dark pages.

The steps stand below each other. Beside each arrow are the frames on it: first those that the step above gives itself,
then, paler, those that only pass it. Controls go back up on the left, dashed; fallbacks stand on the right.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from pipeline.config import load
from pipeline.terminal.columns import columns
from pipeline.tools.graph.chart import Back, Chart, Node, chart, mermaid
from pipeline.tools.output import put

WORD, SMALL = 14, 12  # font sizes, pixels
ADVANCE = 0.62  # a monospaced letter's width, as a share of its font size; a little more than any such font has
PAD, ROW, LANE, EDGE = 14, 18, 16, 24  # pixels: in a box, a line of text, between lanes of controls, around the picture
LABEL = 52  # characters in a line of a link's label

_STYLE = """\
text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
text{font-size:12px;fill:#1f2328;direction:ltr}
.page{fill:#fff}.box{fill:#f6f8fa;stroke:#57606a;stroke-width:1.2}.spare{fill:none;stroke:#57606a;stroke-dasharray:2 3}
.word{font-size:14px;font-weight:600}.value{unicode-bidi:isolate}.pale{fill:#656d76}.back{fill:#8250df}
path{fill:none;stroke:#57606a;stroke-width:1.4}path.back{stroke:#8250df;stroke-dasharray:5 4;fill:none}
.tip{fill:#57606a}.backtip{fill:#8250df}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.box{fill:#161b22;stroke:#8b949e}
.spare{stroke:#8b949e}.pale{fill:#9198a1}.back{fill:#bc8cff}path{stroke:#8b949e}path.back{stroke:#bc8cff}
.tip{fill:#8b949e}.backtip{fill:#bc8cff}}"""


class Box(NamedTuple):
    """A node's rectangle, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def below(self) -> float:
        return self.y + self.height


def draw(config: str, out: Path | None, as_picture: bool, swap: str, changes: Sequence[str]) -> int:
    """Print a config's chain as Mermaid text, or write it to a file, as SVG if the file's name says so.

    Returns the exit code.
    Raises ConfigError, and KavError if the file cannot be written.
    """
    drawn = chart(load(config, swap=swap, set=changes))
    as_picture = as_picture or (out is not None and out.suffix.lower() == ".svg")
    put(svg(drawn) if as_picture else mermaid(drawn), out)
    return 0


def svg(drawn: Chart) -> str:
    """Return the chain as an SVG document."""
    labels = [_labels(link.gives, link.passes) for link in drawn.links]
    boxes = _boxes(drawn, labels)
    parts = [*_links(boxes, labels), *_backs(drawn, boxes), *_nodes(drawn, boxes)]
    ends = [boxes[0].middle + PAD + _width(text, SMALL) for lines in labels for text, _ in lines]
    ends += [x + width for node, box in zip(drawn.nodes, boxes, strict=True) for _, x, width in _spares(node, box)]
    wide, high = max([boxes[0].x + boxes[0].width, *ends]) + EDGE, boxes[-1].below + EDGE
    size = f'width="{wide:.0f}" height="{high:.0f}" viewBox="0 0 {wide:.0f} {high:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    title = f"<title>{escape(drawn.name)}: the chain</title><style>{_STYLE}</style>"
    return "\n".join([head, title, '<rect class="page" width="100%" height="100%"/>', *parts, "</svg>", ""])


def _labels(gives: Sequence[str], passes: Sequence[str]) -> list[tuple[str, str]]:
    """Return the lines of a link's label, each with its CSS class."""
    shown = ((gives, "given"), (passes, "pale"))
    return [(line, kind) for names, kind in shown for line in textwrap.wrap(", ".join(names), LABEL)]


def _boxes(drawn: Chart, labels: Sequence[Sequence[tuple[str, str]]]) -> list[Box]:
    """Place the nodes from the top down, each high enough for its text and for the controls that arrive at it."""
    raisers = {back.raiser for back in drawn.backs}
    controls = max((_width(", ".join(back.controls), SMALL) for back in drawn.backs), default=0)
    x = EDGE + LANE * len(raisers) + controls + (2 * PAD if raisers else 0)
    width = max(_width(text, size) for node in drawn.nodes for text, size in _lines(node)) + 2 * PAD
    boxes: list[Box] = []
    y = float(EDGE)
    for at, node in enumerate(drawn.nodes):
        heard = sum(back.hearer == at for back in drawn.backs)
        height = max(ROW * len(_lines(node)) + PAD, ROW * heard + PAD)
        boxes.append(Box(x, y, width, height))
        y += height + ROW * (len(labels[at]) if at < len(labels) else 0) + ROW
    return boxes


def _lines(node: Node) -> list[tuple[str, int]]:
    return [(node.word, WORD), *((f"{name}: {value}", SMALL) for name, value in node.settings)]


def _nodes(drawn: Chart, boxes: Sequence[Box]) -> Iterator[str]:
    for node, box in zip(drawn.nodes, boxes, strict=True):
        yield f'<g class="node">{_rect(box, "box")}{_text(box.x + PAD, box.y + PAD + 6, node.word, "word")}'
        for row, (name, value) in enumerate(node.settings, 1):
            y = box.y + PAD + 6 + ROW * row
            told = f'{escape(name)}: <tspan class="value">{escape(value)}</tspan>'
            yield f'<text class="pale" x="{box.x + PAD:.1f}" y="{y:.1f}">{told}</text>'
        yield "</g>"
        start = box.x + box.width
        for word, x, width in _spares(node, box):
            yield f'<path d="M{start:.1f} {box.y + 17:.1f}H{x - 7:.1f}"/>{_tip(x, box.y + 17, "tip", 1, 0)}'
            spare = _rect(Box(x, box.y + 3, width, 28), "spare")
            yield f'<g class="node">{spare}{_text(x + PAD, box.y + 21, word, "spareword")}</g>'
            start = x + width


def _spares(node: Node, box: Box) -> Iterator[tuple[str, float, float]]:
    """Yield each fallback's word, left edge and width in pixels."""
    x = box.x + box.width
    for word in node.spares:
        x, width = x + 2 * EDGE, _width(word, SMALL) + 2 * PAD
        yield word, x, width
        x += width


def _links(boxes: Sequence[Box], labels: Sequence[Sequence[tuple[str, str]]]) -> Iterator[str]:
    for above, below, lines in zip(boxes, boxes[1:], labels, strict=False):
        yield f'<path d="M{above.middle:.1f} {above.below:.1f}V{below.y - 7:.1f}"/>'
        yield _tip(below.middle, below.y, "tip", 0, 1)
        for row, (text, kind) in enumerate(lines, 1):
            yield _text(above.middle + PAD, above.below + ROW * row, text, kind)


def _backs(drawn: Chart, boxes: Sequence[Box]) -> Iterator[str]:
    """Draw a lane on the left for each step that raises controls, with a branch to each step that hears them."""
    lanes = {raiser: EDGE + LANE * at for at, raiser in enumerate(dict.fromkeys(back.raiser for back in drawn.backs))}
    heard: dict[int, int] = {}
    for raiser, lane in lanes.items():
        start, ends = boxes[raiser], []
        for back in (each for each in drawn.backs if each.raiser == raiser):
            heard[back.hearer] = heard.get(back.hearer, 0) + 1
            ends.append(boxes[back.hearer].y + ROW * heard[back.hearer])
            yield from _branch(back, lane, boxes[back.hearer], ends[-1])
        y = start.y + start.height / 2
        yield f'<path class="back" d="M{start.x:.1f} {y:.1f}H{lane:.1f}V{min(ends):.1f}"/>'


def _branch(back: Back, lane: float, box: Box, y: float) -> Iterable[str]:
    label = ", ".join(back.controls)
    yield f'<path class="back" d="M{lane:.1f} {y:.1f}H{box.x - 7:.1f}"/>{_tip(box.x, y, "backtip", 1, 0)}'
    yield _text(box.x - PAD - _width(label, SMALL), y - 4, label, "back")


def _rect(box: Box, kind: str) -> str:
    x, y, width, height = box
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6"/>'


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _tip(x: float, y: float, kind: str, right: int, down: int) -> str:
    """Return an arrow's tip at this point, towards the right or down."""
    back, side = (x - 8 * right, y - 8 * down), (4 * down, 4 * right)
    corners = ((x, y), (back[0] + side[0], back[1] + side[1]), (back[0] - side[0], back[1] - side[1]))
    return f'<polygon class="{kind}" points="{" ".join(f"{across:.1f},{along:.1f}" for across, along in corners)}"/>'


def _width(text: str, size: float) -> float:
    """Return the greatest width of a text, in pixels."""
    return columns(text) * size * ADVANCE
