"""The calls that are being transferred: each holds its slot while a person is rung, and its memory until it is back."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping

from loguru import logger

from pipeline.server.ends import REMEMBERED
from pipeline.server.entry import RINGING, Entry
from pipeline.server.metrics import Metrics
from pipeline.server.registry import Registry
from pipeline.transfer import Handed, came_back
from pipeline.vocabulary import Cause, HandoverOutcome

GRACE = 15.0  # seconds that Twilio has for a webhook that is due
BRIEFING = 45.0  # seconds that a person may take to hear the briefing and to press the key
REACHED = ("completed", "answered")  # DialCallStatus of a call that was answered
GONE = ("completed", "canceled", "failed", "busy", "no-answer")  # CallStatus of a call that is over
OUTCOMES: Mapping[str, HandoverOutcome] = {
    "busy": HandoverOutcome.BUSY,
    "no-answer": HandoverOutcome.NO_ANSWER,
    **dict.fromkeys(REACHED, HandoverOutcome.DECLINED),
}


class Bridge:
    """One transfer; implements `registry.Held`. Webhooks name it by its `token`.

    `dial` and `answer` are the TwiML that was given for it, before and after the ringing: a repeated webhook gets the
    same. `leg` is the CallSid of the person's side of the call, the first that has asked for the briefing.
    """

    state = RINGING

    def __init__(self, entry: Entry, handed: Handed, now: float, release: Callable[[Entry, str], object]) -> None:
        self.entry, self.handed, self.began = entry, handed, now
        self.token = secrets.token_urlsafe(16)
        self.cause: str = Cause.TRANSFER
        self.dial = self.answer = self.leg = ""
        self.accepted = False  # the person has pressed the key
        self.outcome: HandoverOutcome | None = None
        self._release = release

    def hang_up(self, reason: str) -> None:
        """Free the slot; Twilio has the caller, who comes back to another server, or to an apology."""
        self._release(self.entry, reason)

    def interrupt(self) -> None:
        """Do nothing: no reply is under way."""

    def is_of(self, leg: str, parent: str) -> bool:
        """True if this leg is the person's side of this call; the first one that asks is."""
        if parent and not hmac.compare_digest(parent.encode(), self.entry.call_sid.encode()):
            return False
        self.leg = self.leg or leg
        return bool(leg) and self.leg == leg

    def outcome_of(self, form: Mapping[str, str]) -> HandoverOutcome:
        """Return the outcome that Twilio's form tells of."""
        return outcome_of(form, accepted=self.accepted if self.handed.destination.accept else None)


def outcome_of(form: Mapping[str, str], accepted: bool | None) -> HandoverOutcome:
    """Return the outcome that Twilio's form tells of; `accepted` is None for a person who did not have to accept."""
    status, told = form.get("DialCallStatus", ""), form.get("DialBridged", "").lower()
    # Twilio does not document `DialBridged` for a briefing that hangs up: a person who has to press the key is
    # connected only if they did.
    blind = told == "true" or (not told and status in REACHED)
    if (blind if accepted is None else accepted) and told != "false":
        return HandoverOutcome.ANSWERED
    if form.get("CallStatus", "") in GONE:
        return HandoverOutcome.CANCELED
    return OUTCOMES.get(status, HandoverOutcome.FAILED)


class Bridges:
    """The transfers of a server, and the last 10,000 of the past, whose outcomes are counted."""

    def __init__(self, registry: Registry, metrics: Metrics) -> None:
        self.registry, self._metrics = registry, metrics
        self._by_token: OrderedDict[str, Bridge] = OrderedDict()
        self._by_stream: dict[tuple[str, str], Bridge] = {}

    def hold(self, entry: Entry, handed: Handed) -> Bridge:
        """Return the transfer that ends the present stream of a call; its slot is held from now on."""
        stream = entry.call_sid, entry.before
        if (bridge := self._by_stream.get(stream)) is None:
            bridge = Bridge(entry, handed, self.registry.loop.time(), self.registry.release)
            self._by_stream[stream] = self._by_token[bridge.token] = bridge
            self.registry.hold(entry, bridge, GRACE, self._overdue)
            if len(self._by_token) > REMEMBERED:
                old = self._by_token.popitem(last=False)[1]
                self._by_stream = {key: each for key, each in self._by_stream.items() if each is not old}
        bridge.handed = handed  # told a second time, it has the sound of the briefing
        return bridge

    def find(self, call_sid: str, before: str) -> Bridge | None:
        """Return the transfer that ended a stream of a call, the one after the transfer `before`; None if none did."""
        entry = self.registry.entries.get(call_sid)
        if entry is not None and entry.before == before and entry.call is not None and entry.call.handed is not None:
            return self.hold(entry, entry.call.handed)
        return self._by_stream.get((call_sid, before))

    def of(self, token: str) -> Bridge | None:
        """Return the transfer of a token."""
        return self._by_token.get(token)

    def rings(self, bridge: Bridge) -> None:
        """Hold the slot until the ringing and the briefing are over."""
        ring = bridge.handed.destination.ring
        if not bridge.entry.cause:
            self.registry.hold(bridge.entry, bridge, ring + BRIEFING + GRACE, self._overdue)

    def settle(self, bridge: Bridge, outcome: HandoverOutcome) -> None:
        """Note the outcome, the first of which counts, and free the slot of a call that does not come back."""
        if bridge.outcome is None:
            bridge.outcome = outcome
            self._metrics.handed_over(outcome)
            left = outcome in (HandoverOutcome.ANSWERED, HandoverOutcome.CANCELED)
            logger.bind(call_sid=bridge.entry.call_sid).info(
                "{} {} {:.1f}s to={}",
                "HANDED_OVER" if left else "RETURNED",
                outcome,
                self.registry.loop.time() - bridge.began,
                bridge.handed.destination.name,
            )
        if outcome is HandoverOutcome.ANSWERED:
            self._free(bridge, Cause.TRANSFER)
        elif outcome is HandoverOutcome.CANCELED:
            self._free(bridge, Cause.STOP)

    def reopen(self, bridge: Bridge, outcome: HandoverOutcome) -> Entry:
        """Return the entry of the next stream of a call that comes back, which is never turned away."""
        return self.registry.reopen(bridge.entry, bridge.token, came_back(bridge.handed, outcome))

    def _overdue(self, entry: Entry) -> None:
        bridge = entry.call
        if isinstance(bridge, Bridge) and not bridge.dial:
            self.settle(bridge, HandoverOutcome.CANCELED)  # of a caller who is still there, Twilio would have asked
        else:
            self.registry.release(entry, Cause.TRANSFER)

    def _free(self, bridge: Bridge, cause: Cause) -> None:
        if bridge.entry.call is bridge:
            self.registry.release(bridge.entry, cause)
