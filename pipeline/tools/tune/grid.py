"""The settings to try: every combination of the values of `--vary`.

vad.rms=120..400                five values from 120 to 400
vad.rms=120..400/40             120, 160, 200, …
end_of_utterance.min_silence=0.3s,0.48s,0.8s
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import product

from pipeline.faults import UsageError

STEPS = 5  # values of a range without a step
MOST = 1000  # greatest number of settings
NUMBER = r"(-?\d+(?:\.\d+)?)(ms|s|min|h)?"
RANGE = re.compile(rf"{NUMBER}\.\.{NUMBER}(?:/{NUMBER})?")

Setting = tuple[str, ...]  # changes, each a.b=c


def grid(asked: Sequence[str]) -> list[Setting]:
    """Return every combination. Raises UsageError, with their number, if they are more than `MOST`."""
    axes = [varied(each) for each in asked]
    size = math.prod(map(len, axes))
    if size > MOST:
        sizes = " × ".join(str(len(axis)) for axis in axes)
        raise UsageError(f"--vary makes {sizes} = {size} settings, more than {MOST}: say larger steps, a..b/step")
    return list(product(*axes))


def varied(asked: str) -> list[str]:
    """Return the values of one `--vary`, each as `a.b=c`. Raises UsageError."""
    key, equals, said = asked.partition("=")
    if not key or not equals or not said:
        raise UsageError(f"--vary {asked}: wants A.B=VALUES, e.g. vad.rms=120..400")
    found = RANGE.fullmatch(said)
    values = said.split(",") if found is None else _between(asked, *found.groups())
    if (".." in said and found is None) or "" in values:
        raise UsageError(f"--vary {asked}: wants a..b, a..b/step, or values with commas between them")
    return [f"{key}={value}" for value in dict.fromkeys(values)]


def _between(asked: str, low: str, low_unit: str, high: str, high_unit: str, step: str, step_unit: str) -> list[str]:
    units = {low_unit or high_unit, high_unit, step_unit if step else high_unit}
    first, last = float(low), float(high)
    if len(units) > 1:
        raise UsageError(f"--vary {asked}: write both ends and the step in one unit")
    if last <= first or (step and float(step) <= 0):
        raise UsageError(f"--vary {asked}: wants the lower end first, and a step above 0")
    if step:
        size = float(step)
        count = math.floor((last - first) / size + 1e-9) + 1
    else:
        size, count = (last - first) / (STEPS - 1), STEPS
    if count > MOST:
        raise UsageError(f"--vary {asked}: makes {count} values, more than {MOST}")
    whole = "." not in low + high + (step or "") and not high_unit
    values = (first + number * size for number in range(count))
    return [f"{round(it) if whole else round(it, 6):g}{high_unit or ''}" for it in values]
