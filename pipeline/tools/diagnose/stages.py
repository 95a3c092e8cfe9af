"""The stages of a call, and the form of a rule that finds the one at fault."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from pipeline.tools.diagnose.calls import Evidence
from pipeline.tools.diagnose.lines import Line

HANDSHAKE, MEDIA, ENDPOINTING, RECOGNITION = "handshake or path", "media", "endpointing", "recognition"
MODEL, SYNTHESIS, SENDING, HANG_UP, HEALTHY = "model", "synthesis", "sending", "hang-up", "healthy"
LOOP, UNKNOWN = "event loop", "not to be told"
ANSWER = "model or synthesis"  # the lines of a log may not tell which of the two
TOOL, TRANSFER, KEYPAD, OUTBOX = "a tool", "transfer", "keypad", "outbox"
BARGE_IN, GREETING, EXCEPTION = "barge-in", "greeting", "an exception"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A stage, the test that a call stopped there, its explanation, advice, and the kinds of lines that show it.

    A rule without `when` applies to a call that has any of its `lines`.
    """

    stage: str
    when: Callable[[Evidence], object] | None = None
    says: str
    do: str = ""
    shown: tuple[str, ...] = ()
    settles: str = ""  # the line that would confirm it; empty if the rule is sure
    open: bool = False  # True if `settles` is to be told even of a call whose log is complete
    lines: Callable[[Evidence], Sequence[Line]] | None = None  # the lines that show it, instead of those of `shown`

    def applies(self, call: Evidence) -> bool:
        """True if the call stopped at this stage."""
        test = self.when or self.lines
        return test is not None and bool(test(call))
