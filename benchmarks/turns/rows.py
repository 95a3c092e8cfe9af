"""The rows of the table: the scenes of each, the kinds of clips that they need, and the figures made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from benchmarks.turns import cast, figures
from benchmarks.turns.cast import Cast, Maker
from benchmarks.turns.clips import ClipSet
from benchmarks.turns.scenes import Figures, Scene

DECISIONS = "decisions"  # the variant of the config whose providers take no time
SWEEP = ("end_of_utterance.min_silence", ("0.2s", "0.3s", "0.48s", "0.64s", "0.9s", "1.3s", "1.8s", "2.4s"))
RATIO = 1.6 / 0.48  # of `patience` to it
LENGTH = "end_of_utterance.max_length=60s"  # no sentence is cut by its length alone
QUIET = (("quiet-46", -20.0, 3), ("quiet-50", -24.0, 1))  # dB, sentences a call: who is never heard waits for `idle`

Summary = Callable[[Sequence[Figures]], Figures]


@dataclass(frozen=True)
class Row:
    """A row of the table. `section` is the part of the table that it is in."""

    name: str
    title: str
    section: str
    needs: tuple[str, ...]
    make: Maker
    sum_up: Summary
    variant: str = ""  # of the config

    def scenes(self, made: Cast) -> list[Scene]:
        """Return the scenes of a set; none if its clips have none of the kind."""
        return [] if self.lacks(made.clips) else list(self.make(made, self.name))

    def lacks(self, clips: ClipSet) -> list[str]:
        """Return the kinds of clips that this row needs and a set has none of."""
        lacking = [kind for kind in self.needs if kind in clips.missing]
        asking = ("turns", "words", "short")
        return lacking or ([] if any(kind not in clips.missing for kind in asking) else ["turns"])


def _speaking() -> Iterator[Row]:
    row = partial(Row, section="speaking")
    yield row("nods-he", "nods, Hebrew (כן)", needs=("agent", "words"), make=cast.nods, sum_up=figures.kept)
    yield row("nods-en", "nods, from meetings", needs=("agent", "short"), make=cast.nods, sum_up=figures.kept)
    yield row("nods-quiet", "nods, 10 dB quieter", needs=("agent", "short"), make=cast.nods, sum_up=figures.kept)
    yield row("interruption", "real interruptions", needs=("agent", "turns"), make=cast.interruptions,
              sum_up=figures.stopped)  # fmt: skip
    yield row("one-word", "one word", needs=("agent", "words"), make=cast.one_word, sum_up=figures.stopped)
    yield row("no", "one word, Hebrew (לא)", needs=("agent", "words"), make=cast.one_word, sum_up=figures.stopped)
    for name, title in (("cough", "coughs"), ("breath", "breaths"), ("click", "clicks"), ("burst", "bursts of noise")):
        yield row(name, title, needs=("agent",), make=cast.synthetic, sum_up=figures.kept)
    yield row("noise", "noises of the set", needs=("agent", "noise"), make=cast.noises, sum_up=figures.kept)
    yield row("talkers", "people who talk", needs=("agent", "noise"), make=cast.noises, sum_up=figures.kept)
    yield row("keys", "keys' tones", needs=("agent",), make=cast.keys, sum_up=figures.kept)
    yield row("music", "music", needs=("agent", "music"), make=cast.music, sum_up=figures.kept)
    for kind in ("white", "road", "babble"):
        needs = ("agent", "turns") if kind == "babble" else ("agent",)
        for below in cast.LOUDNESSES:
            title = f"{kind} noise, {below} dB" if kind != "babble" else f"babble, {below} dB"
            yield row(f"{kind}-{below}", title, needs=needs, make=cast.steady, sum_up=figures.kept)
    for way in ("25", "20", "10", "room", "codec", "clipping"):
        title = f"own echo, −{way} dB" if way.isdigit() else f"own echo, through {way}"
        yield row(f"echo-{way}", title, needs=("agent",), make=cast.echoes, sum_up=figures.kept)
    yield row("double-talk", "interruption under echo", needs=("agent", "turns"), make=cast.double_talk,
              sum_up=figures.stopped)  # fmt: skip


def _answers() -> Iterator[Row]:
    row = partial(Row, section="answers")
    for language, title in (("he", "Hebrew yes and no"), ("en", "other words")):
        for soon, when in (("", "1.2 s after the agent"), ("-soon", "0.2 s after the agent")):
            yield row(f"answers-{language}{soon}", f"{title}, {when}", needs=("words",), make=cast.answers,
                      sum_up=figures.lost)  # fmt: skip
    yield row("keys-silent", "keys' tones, answered as words", needs=(), make=cast.keys_in_silence,
              sum_up=figures.taken)  # fmt: skip


def _bounds(silence: str) -> str:
    """Return the changes, of a config that has the settings, by which a turn ends after a silence that short or long.

    The longest is in the ratio to `min_silence` that their defaults have.
    """
    seconds = float(silence.rstrip("s"))
    soon, patience = max(0.2, min(0.4, 0.8 * seconds)), min(10.0, RATIO * seconds)
    return f"?end_of_utterance.soon={soon:g}s ?end_of_utterance.patience={patience:g}s"


def _turns() -> Iterator[Row]:
    row = partial(Row, section="turns", needs=("turns",))
    yield row("turns", "sentences", make=cast.turns, sum_up=figures.turns)
    for name, gain, per_call in QUIET:
        made = partial(cast.turns, gain=gain, most=60, per_call=per_call)
        yield row(name, f"quiet caller, −{name[-2:]} dBFS", make=made, sum_up=figures.turns)
    yield row("decisions", "decisions", make=partial(cast.turns, variant=DECISIONS), sum_up=figures.decisions)
    quiet = partial(cast.turns, variant=DECISIONS, gain=QUIET[0][1], most=60, per_call=QUIET[0][2])
    yield row("decisions-46", "decisions, −46 dBFS", make=quiet, sum_up=figures.decisions)
    field, values = SWEEP
    for value in values:
        variant = f"{field}={value} {LENGTH} {_bounds(value)}"
        yield row(f"sweep {value}", f"{field} {value}", make=partial(cast.turns, variant=variant, most=72),
                  sum_up=figures.decisions, variant=variant)  # fmt: skip


ROWS: tuple[Row, ...] = (*_speaking(), *_answers(), *_turns())
