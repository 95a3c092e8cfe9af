"""A journey as a picture: SVG text that needs nothing else, legible on light and dark pages.

Each line is a call that enters another module. The frame or control that it carries stands behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from xml.sax.saxutils import escape

from docs.drawings.journeys import Journey, Scene
from docs.drawings.trace import Node

ROW, STEP, PAD, EDGE, HEAD = 27, 20, 9, 26, 92  # pixels: a line, an indentation, in a box, around, above the calls
LETTER = 7.25  # pixels of a monospaced letter at 12 px, at most
FAMILIES = {  # the colour of a module, by how its path begins; the last one is for all others
    "line": ("pipeline/phone", "pipeline/twilio", "pipeline/server"),
    "config": ("pipeline/config", "pipeline/catalog", "pipeline/settings", "pipeline/stamps"),
    "kinds": ("pipeline/asr", "pipeline/llm", "pipeline/tts", "pipeline/vad", "pipeline/text", "pipeline/audio"),
    "steps": ("processors",),
    "core": ("",),
}
LEGEND = {
    "line": "the telephone line",
    "steps": "processors",
    "kinds": "shared by all providers of a kind",
    "core": "run time",
    "config": "config",
}
STYLE = """\
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328}
.page{fill:#fff}.title{font-size:17px;font-weight:600}.pale{fill:#656d76}.wire{fill:none;stroke:#c4ccd4;stroke-width:1.3}
.scene{fill:#f3f5f7}.room{stroke-width:1}.frame{fill:none;stroke:#8c959f;stroke-width:1}
.line{fill:#ddf4ff;stroke:#54aeff}.steps{fill:#fbefff;stroke:#c297ff}.kinds{fill:#dafbe1;stroke:#4ac26b}
.core{fill:#eef1f4;stroke:#8c959f}.config{fill:#fff1e5;stroke:#fb8f44}
.control{fill:#ffebe9;stroke:#ff8182}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.pale{fill:#9198a1}.wire{stroke:#3d444d}
.scene{fill:#161b22}.frame{stroke:#656c76}.line{fill:#0c2d6b;stroke:#388bfd}.steps{fill:#3c1e70;stroke:#a371f7}
.kinds{fill:#04260f;stroke:#2ea043}.core{fill:#21262d;stroke:#656c76}.config{fill:#3d1300;stroke:#db6d28}
.control{fill:#490202;stroke:#f85149}}"""


class Line(NamedTuple):
    """One call on the drawing: how deep it stands, the line of the call that made it, and the call."""

    depth: int
    above: int | None
    node: Node


def svg(journey: Journey, controls: frozenset[str]) -> str:
    """Draw a journey. `controls` are the names of the classes that travel up."""
    parts: list[str] = []
    y, wide = float(HEAD), _legend_width()
    for scene in journey.scenes:
        if len(journey.scenes) > 1:
            parts += _scene_head(scene, y)
            y += ROW + 6
        lines = list(_lines(scene.root))
        for row, line in enumerate(lines):
            parts += _row(line, row, y, controls)
            wide = max(wide, _end(line))
        y += ROW * len(lines) + 12
    return _document(journey.title, wide + EDGE, y + EDGE / 2, parts)


def _document(title: str, wide: float, high: float, parts: list[str]) -> str:
    size = f'width="{wide:.0f}" height="{high:.0f}" viewBox="0 0 {wide:.0f} {high:.0f}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    named = f"<title>{escape(title)}</title><style>{STYLE}</style>"
    page = '<rect class="page" width="100%" height="100%"/>'
    return "\n".join([head, named, page, _text(EDGE, 36, title, "title"), *_legend(), *parts, "</svg>", ""])


def _legend() -> Iterator[str]:
    x = float(EDGE)
    for family, told in LEGEND.items():
        yield f'<rect class="room {family}" x="{x:.1f}" y="55" width="14" height="14" rx="4"/>'
        yield _text(x + 20, 66, told, "pale")
        x += 42 + LETTER * len(told)


def _legend_width() -> float:
    return EDGE + sum(42 + LETTER * len(told) for told in LEGEND.values()) - 20


def _scene_head(scene: Scene, y: float) -> Iterator[str]:
    told = f"{scene.heading}, and {scene.again} times more" if scene.again else scene.heading
    wide = LETTER * len(told) + 20
    yield f'<rect class="scene" x="{EDGE - 10}" y="{y - 4:.1f}" width="{wide:.1f}" height="24" rx="6"/>'
    yield _text(EDGE, y + 12, told, "pale")


def _lines(root: Node) -> Iterator[Line]:
    count = 0

    def walk(node: Node, depth: int, above: int | None) -> Iterator[Line]:
        nonlocal count
        mine, count = count, count + 1
        yield Line(depth, above, node)
        for child in node.children:
            yield from walk(child, depth + 1, mine)

    return walk(root, 0, None)


def _row(line: Line, row: int, y: float, controls: frozenset[str]) -> Iterator[str]:
    x, top = _x(line.depth), y + ROW * row
    node, room = line.node, _room(line.node)
    if line.above is not None:
        trunk, start = _x(line.depth - 1) + 8, y + ROW * line.above + 22
        yield f'<path class="wire" d="M{trunk:.1f} {start:.1f}V{top + 11:.1f}H{x:.1f}"/>'
    width = LETTER * len(room) + 2 * PAD
    yield f'<rect class="room {family(node.module)}" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="22" rx="6"/>'
    yield _text(x + PAD, top + 15, room, "name")
    told, after = _told(node), x + width + PAD
    yield _text(after, top + 15, told, "pale")
    if node.passing:
        after += LETTER * len(told) + PAD
        pill = "control" if node.passing in controls else "frame"
        long = LETTER * len(node.passing) + 2 * PAD
        yield f'<rect class="{pill}" x="{after:.1f}" y="{top + 1:.1f}" width="{long:.1f}" height="20" rx="10"/>'
        yield _text(after + PAD, top + 15, node.passing, "name")


def family(module: str) -> str:
    """The family of rooms that a module belongs to."""
    return next(name for name, paths in FAMILIES.items() if module.startswith(paths))


def _x(depth: int) -> float:
    return EDGE + STEP * depth


def _room(node: Node) -> str:
    return node.module.removeprefix("pipeline/").removeprefix("processors/").removeprefix("_shared/")


def _told(node: Node) -> str:
    name = node.name.removesuffix(".__init__")
    return f"{name} ×{node.count}" if node.count > 1 else name


def _end(line: Line) -> float:
    end = _x(line.depth) + LETTER * (len(_room(line.node)) + len(_told(line.node))) + 3 * PAD
    return end + (LETTER * len(line.node.passing) + 3 * PAD if line.node.passing else 0)


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
