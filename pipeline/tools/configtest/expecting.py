"""Read the `expect` of a test."""

from __future__ import annotations

from typing import Any

from pipeline.catalog.spec import fields
from pipeline.config.drafts import Entry
from pipeline.config.reading import Reader
from pipeline.config.values import BROKEN
from pipeline.config.yaml.nodes import Mapping, Node, Sequence
from pipeline.faults import Place, did_you_mean
from pipeline.tools.configtest.bounds import NEVER, ONCE, read_bound, read_text
from pipeline.tools.configtest.expect import Figure, Heard, Seen, Window
from pipeline.tools.configtest.figures import FIGURES
from pipeline.tools.configtest.patterns import KINDS, read_moment, read_pattern, split

TIMES = tuple(field.name for field in fields(Window))
WORDS = (*KINDS, "no", *FIGURES)


def read_expect(node: Node, reader: Reader) -> Any:
    """Return the expectations of an `expect`; BROKEN, with faults noted, if one cannot be read."""
    if not isinstance(node, Sequence) or not node.items:
        return reader.unfit(node.at, "expect", "a list of expectations", reader.got_node(node))
    made = [_one(each, reader) for each in node.items]
    return BROKEN if any(each is BROKEN for each in made) else tuple(made)


def _one(node: Node, reader: Reader) -> Any:
    if not isinstance(node, Mapping) or not node.entries:
        return reader.unfit(node.at, "expect", f"one of {', '.join(WORDS)}", reader.got_node(node))
    (key, value), *more = node.entries
    if key.text in FIGURES or key.text == "no" or (key.text == "heard" and isinstance(value, Sequence)):
        for other, _ in more:
            reader.findings.fault(
                other.at, f"`{other.text}` stands beside `{key.text}`", "write it in a `- ` of its own"
            )
        return BROKEN if more else _alone(key.text, value, key.at, reader)
    if key.text not in KINDS:
        hint = did_you_mean(key.text, WORDS) or f"it is one of {', '.join(WORDS)}"
        reader.findings.fault(key.at, f"`{key.text}` is nothing to expect", hint)
        return BROKEN
    return _seen(node, reader, negative=False)


def _alone(word: str, value: Node, at: Place, reader: Reader) -> Any:
    """Return an expectation that is one word and its value; BROKEN if it cannot be read."""
    if word == "no":
        if isinstance(value, Mapping) and value.entries:
            return _seen(value, reader, negative=True)
        return reader.unfit(value.at, "no", "an event, e.g. {frame: Transcript}", reader.got_node(value))
    if word == "heard":
        assert isinstance(value, Sequence)
        texts = [read_text(each, reader, "heard") for each in value.items]
        return BROKEN if any(it is BROKEN for it in texts) else Heard(place=at, texts=tuple(texts))
    bound = read_bound(value, reader, word, FIGURES[word][0])
    return BROKEN if bound is BROKEN else Figure(place=at, name=word, bound=bound)


def _seen(node: Mapping, reader: Reader, negative: bool) -> Any:
    entries, when = split(node, (*TIMES, "after", "count"))
    pattern = read_pattern(entries, reader)
    after = read_moment(when["after"][1], reader)[0] if "after" in when else None
    window = reader.struct(Window, [when[name] for name in TIMES if name in when], node.at, "an expectation")
    count = _count(when.get("count"), reader, negative)
    if "within" in when and not when.keys() & {"at", "after"}:
        reader.findings.fault(when["within"][0].at, "`within` needs `after` or `at` beside it")
    if any(each is BROKEN for each in (pattern, after, window, count)):
        return BROKEN
    return Seen(place=node.at, pattern=pattern, window=window, after=after, count=count)


def _count(entry: Entry | None, reader: Reader, negative: bool) -> Any:
    if entry is None:
        return NEVER if negative else ONCE
    if negative:
        reader.findings.fault(entry[0].at, "`no` is a count already", "leave `no` out to count")
        return BROKEN
    return read_bound(entry[1], reader, "count", "count")
