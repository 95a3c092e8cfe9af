"""The pieces of which all parts of the page are made: words as text, times, rows that lead to a moment of the call."""

from __future__ import annotations

from html import escape


def text(words: object) -> str:
    """Return words as an HTML text node: escaped, with spaces for unprintable characters."""
    return escape("".join(char if char.isprintable() else " " for char in str(words)))


def row(at: float, *cells: str) -> str:
    """Return a row of a table; its first cell is a button with the time, and all of it leads to that moment."""
    return f'<tr data-at="{at:.3f}"><td class="n">{moment(at)}</td>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def moment(at: float) -> str:
    """Return a button with a time; the element around it has the moment to which it leads, in `data-at`."""
    return f'<button type="button" class="moment">{at:.2f} s</button>'


def table(name: str, rows: str) -> str:
    """Return a table with these rows."""
    return f'<table class="{name}"><tbody>{rows}</tbody></table>'


def key(entries: tuple[tuple[str, str], ...]) -> str:
    """Return the key to a picture: the CSS class of each colour, and its meaning."""
    items = (f'<li><i class="{kind}"></i>{name}</li>' for kind, name in entries)
    return f'<ul class="key soft">{"".join(items)}</ul>'


def soft(words: str) -> str:
    """Return a remark as a paragraph."""
    return f'<p class="soft">{words}</p>'


def ms(seconds: float) -> str:
    """Return a short time in milliseconds."""
    return f"{1000 * seconds:.0f} ms"


def clock(at: float) -> str:
    """Return a moment of the call as minutes and seconds."""
    return f"{int(at) // 60}:{int(at) % 60:02d}"
