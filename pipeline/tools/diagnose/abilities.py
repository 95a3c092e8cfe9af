"""Rules on what an agent does besides talk: its tools, the keypad, transfers, and what is told after the call."""

from __future__ import annotations

from pipeline.installation import command
from pipeline.tools.diagnose.calls import Evidence
from pipeline.tools.diagnose.lines import Line
from pipeline.tools.diagnose.stages import KEYPAD, MODEL, OUTBOX, TOOL, TRANSFER, Rule
from pipeline.vocabulary import UseOutcome

OFTEN = 3  # refusals, or withdrawals: an effect that is read back is refused once, a caller may change their mind
EMPTY = "0 "  # how an entry without keys begins


def uses(call: Evidence, outcome: UseOutcome) -> list[Line]:
    """Return the uses of tools with this outcome."""
    return [line for line in call.of("tool") if line.word.endswith(f" {outcome}")]


def never_done(call: Evidence, outcome: UseOutcome, least: int = 1) -> list[Line]:
    """Return the uses with this outcome of tools that had it so often, and did not work afterwards."""
    found = list[Line]()
    for tool in dict.fromkeys(_tool(line) for line in uses(call, outcome)):
        of_it = [line for line in call.of("tool") if _tool(line) == tool]
        bad = [line for line in of_it if line in uses(call, outcome)]
        mended = any(line in uses(call, UseOutcome.DONE) for line in of_it[of_it.index(bad[-1]) :])
        found += bad if len(bad) >= least and not mended else []
    return found


def withdrawn(call: Evidence) -> list[Line]:
    """Return the uses that the caller's voice withdrew, if there are many."""
    found = uses(call, UseOutcome.WITHDRAWN)
    return found if len(found) >= OFTEN else []


def untyped(call: Evidence) -> list[Line]:
    """Return the entries that a tool asked for, if no key came in any of them, and there are two or more."""
    asked = [line for line in call.of("keys") if line.word.endswith("for a tool")]
    return asked if len(asked) > 1 and all(line.word.startswith(EMPTY) for line in asked) else []


def unwritten(call: Evidence) -> list[Line]:
    """Return the lines of an outbox that took nothing."""
    return [line for line in call.of("outbox") if "was written, late" not in line.word]


def undelivered(call: Evidence) -> list[Line]:
    """Return the lines of deliveries that were given up."""
    return [line for line in call.of("after") if " dead" in line.word]


def unanalysed(call: Evidence) -> list[Line]:
    """Return the lines of a model that gave no analysis, if it was asked as often as it is."""
    found = [line for line in call.of("after") if "gave no analysis" in line.word]
    return found if len(found) >= OFTEN else []


def lost(call: Evidence) -> list[Line]:
    """Return the line that tells of a call whose process was lost."""
    return [line for line in call.of("after") if "was lost" in line.word]


def _tool(line: Line) -> str:
    return line.word.partition(" ")[0]


ABILITIES = (
    Rule(
        stage=TOOL,
        when=lambda call: call.count("tool_fault"),
        says="a tool raised an exception; the model was told that it has a fault, and went on",
        do="the last row of its traceback names the error, the row above it the file and line; "
        f"`{command('tool CONFIG NAME')}` uses it by hand",
        shown=("tool_fault", "raised"),
    ),
    Rule(
        stage=TOOL,
        lines=lambda call: uses(call, UseOutcome.UNKNOWN),
        says="it is not known whether a tool's effect was done: no answer came, and it was not repeated",
        do="look at the other end whether it was done; a longer `timeout`, or `idempotent: true` if that end honours "
        "the Idempotency-Key, so that it may be tried again",
    ),
    Rule(
        stage=TOOL,
        lines=lambda call: never_done(call, UseOutcome.FAILED),
        says="a tool failed, and did not work later in the call",
        do=f"its address, key and `timeout`: `{command('tool CONFIG NAME')}` uses it by hand; "
        f"`{command('report')}` has what the model was told of it",
    ),
    Rule(
        stage=TOOL,
        lines=lambda call: never_done(call, UseOutcome.REFUSED, OFTEN),
        says="a tool was refused again and again: its arguments, rights or limits did not allow it",
        do=f"`{command('report')}` has the reason of each: arguments that the model gets wrong need an `about` or "
        "`one_of`, a right (`needs`) has to be granted by another tool, `most` and `hours` are limits",
    ),
    Rule(
        stage=TOOL,
        lines=withdrawn,
        says="the caller's voice withdrew a tool again and again, before it began",
        do="noise or echo that is taken for a voice: vad.silero, echo_guard; a shorter `say`, or a shorter `hold`",
    ),
    Rule(
        stage=MODEL,
        when=lambda call: call.count("written_use"),
        says="the model wrote a use of a tool into its text: it was not spoken, and not done",
        do="a server or a model that knows tools; fewer tools; no example of a use in the prompt",
        shown=("written_use",),
    ),
    Rule(
        stage=TRANSFER,
        when=lambda call: call.count("returned"),
        says="the caller was transferred and came back: the person did not take the call",
        do="busy, no-answer: a longer `ring`, `hours`, another name in `to`; declined: a mailbox, or nobody pressed 1; "
        "failed: the number, or what the account may dial",
        shown=("handover", "returned"),
    ),
    Rule(
        stage=KEYPAD,
        lines=untyped,
        says="a tool asked for keys, and none came",
        do="say which keys, and that # ends them; a longer `first`; a telephone or a line that sends no tones (DTMF)",
    ),
)  # fmt: skip

AFTER = (
    Rule(
        stage=OUTBOX,
        lines=unwritten,
        says="the outbox cannot be written: calls go on, and what is told after them waits in memory, or is lost",
        do="make room, or let the server's user write into the folder that the line names; `readyz` says no until then",
    ),
    Rule(
        stage=OUTBOX,
        lines=lost,
        says="the call's process was lost, and what was known of it was told as its end",
        do="killed, out of memory, or kept by a step: the lines before it, and the machine's own log",
    ),
    Rule(
        stage=OUTBOX,
        lines=undelivered,
        says="what is told after the call was not delivered, and is not tried again",
        do=f"the address, the secret and the answer of the receiver; then `{command('outbox send CONFIG --dead')}`",
    ),
    Rule(
        stage=OUTBOX,
        lines=unanalysed,
        says="the model gave no analysis of the call: it was told without",
        do="the key, name and quota of the model of `after.with`",
    ),
)  # fmt: skip
