"""The words of both sides and the uses of tools in the order of the call, each with its moment; and the faults."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pipeline.records.replies import Reply
from pipeline.records.timeline import Turn
from pipeline.records.tool_uses import ToolUse
from pipeline.tools.report.markup import moment, row, soft, table, text
from pipeline.tools.report.summary import CallSummary, Fault, Words
from pipeline.tools.report.use_lane import BAD, ending


def transcript(summary: CallSummary) -> str:
    """Return the words of the call as a table."""
    said = [(turn.started, _caller(turn, summary.words.get(turn.number, Words()))) for turn in summary.turns]
    said += [(reply.started, _agent(reply, reply in summary.cut_ins)) for reply in summary.replies]
    said += [(reply.started, _unspoken(reply)) for reply in summary.unspoken]
    said += [(use.began, _use(use)) for use in summary.tools.all]
    rows = "".join(it for _, it in sorted(said))
    return table("said", rows) if rows else soft("Nobody said anything.")


def faults(found: Collection[Fault], steps: Collection[int]) -> str:
    """Return the faults as a table; `steps` are the places of the chain that are on the page."""
    rows = "".join(row(it.at, _paragraph(text(it.sentence)) + _link(it.place, steps)) for it in found)
    return table("faults", rows) if rows else soft("None.")


def _link(place: int | None, steps: Collection[int]) -> str:
    return f'<a href="#step-{place}">step {place} of the chain</a>' if place in steps else ""


def _caller(turn: Turn, words: Words) -> str:
    if turn.dropped:
        said = _remark(f"dropped: {text(turn.dropped)}")
    elif turn.text is None:
        said = _remark("not recognised")
    else:
        said = text(turn.text) or _remark("no words")
    sure = f' <span class="soft" dir="ltr">{100 * words.confidence:.0f} %</span>' if words.confidence else ""
    return row(turn.started, _side("caller"), _paragraph(said + sure) + "".join(_interim(words)))


def _interim(words: Words) -> Iterator[str]:
    if words.interim:
        each = "".join(
            f'<li data-at="{at:.3f}">{moment(at)} <bdi>{text(part)}</bdi></li>' for at, part in words.interim
        )
        yield f"<details><summary>{len(words.interim)} interim</summary><ol>{each}</ol></details>"


def _agent(reply: Reply, cuts_in: bool) -> str:
    unfinished = not reply.heard and reply.unfinished
    unheard = f' <del dir="auto">{text(reply.unheard)}</del>' if reply.unheard else ""
    remarks = (
        (cuts_in, "began while the caller spoke"),
        (reply.cut, "stopped from outside" if reply.stopped else "interrupted"),
        (reply.unfinished, "the call ended"),
        (unfinished and not reply.unheard, "its words are not in the record"),
    )
    said = "".join(f' <span class="bad">— {remark}</span>' for holds, remark in remarks if holds)
    return row(reply.started, _side("agent"), _paragraph(f"{text(reply.heard)}{unheard}{said}"))


def _unspoken(reply: Reply) -> str:
    words = f'<del dir="auto">{text(" ".join(reply.pieces))}</del> {_remark("never spoken")}'
    return row(reply.started, _side("agent"), _paragraph(words))


def _use(use: ToolUse) -> str:
    """Return the row of a use: its arguments, its outcome, and what the model was told of it."""
    how = f'<span class="{"bad" if use.outcome in BAD else "soft"}" dir="ltr">— {text(ending(use))}</span>'
    result = f"<details><summary>result</summary><p><bdi>{text(use.result)}</bdi></p></details>" if use.result else ""
    asked = f"<bdi>{text(use.name)} {text(use.arguments)}</bdi>"
    return row(use.began, _side("tool"), _paragraph(f"{asked} {how}") + result)


def _side(name: str) -> str:
    return f'<span class="by-{name}">{name}</span>'


def _paragraph(words: str) -> str:
    return f'<p dir="auto">{words}</p>'


def _remark(words: str) -> str:
    return f'<span class="soft">— {words}</span>'
