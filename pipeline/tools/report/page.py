"""The page of a call: one HTML file that is whole in itself, with a policy that lets nothing else run or load."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

from pipeline.tools.report import use_lane
from pipeline.tools.report.chain import section, steps
from pipeline.tools.report.drawing import KEY, strips
from pipeline.tools.report.event_list import event_data
from pipeline.tools.report.facts import commands, facts
from pipeline.tools.report.markup import key, soft, text
from pipeline.tools.report.record import CallRecord
from pipeline.tools.report.summary import CallSummary, summarise
from pipeline.tools.report.transcript import faults, transcript
from pipeline.tools.report.waterfall import waterfall

STYLE = (files(__package__) / "page.css").read_text(encoding="utf-8")
# The page is XML as well: the first and the last line, comments of the script, keep XML from reading it as markup.
SCRIPT = f"//<![CDATA[\n{(files(__package__) / 'page.js').read_text(encoding='utf-8')}\n//]]>"
CLOSE = "\n</body></html>\n"
RULES = (
    "default-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
)
FRAMES = "frame-ancestors 'none'"  # browsers take it from a header only
FILTERS = """<section id="events" hidden=""><h2>Events</h2>
<p class="filters"><label>Class <select id="class"></select></label> <label>Step <select id="step"></select></label>
<output id="count" class="soft"></output></p>
<div class="events"><ol></ol><dl class="chosen" aria-live="polite"></dl></div></section>"""


class Page(NamedTuple):
    """The page of a call, and its Content-Security-Policy for a server that sends it as a header."""

    html: str
    policy: str


def page(record: CallRecord, *, sound: bool = False, sound_url: str | None = None, config_now: str = "") -> Page:
    """Return the page of a recorded call.

    Its style, script and data are inline, by their hashes in its policy, which stands in the page too. It plays the
    call's sound from `sound_url`, an address of the page's own origin that serves `record.wav`, or, with `sound`, from
    the page itself: 21 kB a second. Without either, or if the record has no sound, it plays nothing. `config_now` is
    the sentence that the function of this name returns; that one loads the config, which takes longer than the page.
    """
    summary, source, media = summarise(record), "", "'none'"
    if record.caller and sound_url is not None:
        source, media = sound_url, "'self'"
    elif record.caller and sound:
        source, media = f"data:audio/wav;base64,{b64encode(record.wav).decode()}", "data:"
    rules = [*RULES, f"style-src {_hash(STYLE)}", f"script-src {_hash(SCRIPT)}", f"media-src {media}"]
    title = text(f"Call {summary.call_sid or record.folder.name}")
    html = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
        f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(rules)}"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<title>{title}</title><style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n"
        + "\n".join((facts(record, summary, config_now), _player(record, source), *_sections(record, summary)))
        + f'\n<script type="application/json" id="event-data">{event_data(record.events)}</script>'
        f"<script>{SCRIPT}</script>{CLOSE}"
    )
    return Page(html, "; ".join([*rules, FRAMES]))


def _hash(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"


def _player(record: CallRecord, source: str) -> str:
    """Return the bar that moves through the call; the script shows it."""
    play = '<button type="button" id="play">Play</button>' if source else ""
    keys = "space plays and pauses, ← and → jump 5 s" if source else "← and → jump 5 s"
    audio = f'<audio controls="" preload="auto" src="{text(source)}"></audio>' if source else ""
    return (
        f'{audio}<div class="bar" hidden="">{play}<input type="range" id="position" min="0" step="0.01" value="0" '
        f'max="{record.seconds:.2f}" aria-label="Position in the call"/><output id="time"></output>'
        f'<span class="soft keys">{keys}</span><span class="bad" id="trouble" role="status"></span></div>'
    )


def _sections(record: CallRecord, summary: CallSummary) -> tuple[str, ...]:
    chain = steps(record.folder)
    return (
        "<h2>Sound, in true time</h2>",
        key((*KEY, *(use_lane.KEY if summary.tools.all else ()))),
        "" if record.caller else soft("The record has no sound; its times are drawn."),
        f'<div class="strips">{"".join(strips(record, summary))}</div>',
        "<h2>What was said</h2>",
        transcript(summary),
        "<h2>From the caller’s last word to the first sound of the answer</h2>",
        waterfall(summary),
        "<h2>Faults</h2>",
        faults(summary.faults, range(len(chain))),
        FILTERS,
        "<h2>The chain</h2>",
        section(chain, summary.classes),
        "<h2>Commands</h2>",
        commands(record),
    )
