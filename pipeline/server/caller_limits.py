"""The limits of calls by caller and by time, which bound the cost that strangers can cause."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from pipeline.config import number
from pipeline.vocabulary import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.config import Config, ServerSettings

HOUR = 3600.0  # seconds
MOST = 20_000  # callers of the last hour that are remembered; beyond them the oldest are forgotten
# The numbers that Twilio gives in the place of withheld ones: they spell ANONYMOUS, RESTRICTED, UNAVAILABLE, ...
# Source: https://help.twilio.com/articles/223179988
WITHHELD = frozenset(("", "266696687", "7378742833", "2562533", "8656696", "86282452253", "8566696"))


class Full(Exception):
    """No slot is free."""


class OverLimit(Full):
    """A limit of the config for its callers is reached; carries the reason to count."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason)
        self.reason = reason


class Callers:
    """The callers of all configs of a server."""

    def __init__(self) -> None:
        self._limits: dict[str, CallerLimits] = {}  # by the name of a config, which a reload keeps

    def check(self, config: Config, caller: str, now: float, ages: Iterable[float]) -> None:
        """Raise OverLimit if another call of this caller would break a limit; `ages` are those of the live calls."""
        running = sum(min(age, HOUR) for age in ages)
        if reason := self._of(config).refusal(caller, config.server, now, running):
            raise OverLimit(reason)

    def began(self, config: Config, call_sid: str, caller: str, now: float) -> None:
        """Count a call that got its slot."""
        self._of(config).began(call_sid, caller, config.server, now)

    def ended(self, config: Config, call_sid: str, caller: str, now: float, since: float) -> None:
        """Count the end of a call that had its slot since then."""
        self._of(config).ended(call_sid, caller, config.server, now, now - since)

    def _of(self, config: Config) -> CallerLimits:
        return self._limits.setdefault(config.name, CallerLimits())


class CallerLimits:
    """Counts the calls of one config, by caller and by time; times are loop times in seconds."""

    def __init__(self) -> None:
        self._begun: dict[str, deque[float]] = {}  # by caller, the starts of calls in the last hour
        self._running: dict[str, list[str]] = {}  # by caller, the sids of calls
        self._spent: deque[tuple[float, float]] = deque()  # ends of calls in the last hour, and their lengths

    def refusal(self, caller: str, settings: ServerSettings, now: float, running: float) -> Refusal | None:
        """Return the limit that another call of this caller would break; `running` is the age of all live calls."""
        while self._spent and self._spent[0][0] <= now - HOUR:
            self._spent.popleft()
        # A call that has lasted for longer than an hour counts with the hour.
        spent = running + sum(min(length, HOUR) for _, length in self._spent)
        if settings.call_time_per_hour is not None and spent >= settings.call_time_per_hour:
            return Refusal.CALL_TIME
        key = known(caller, settings.withheld_as_one)
        if key is None:
            return None
        if len(self._running.get(key, ())) >= settings.per_caller:
            return Refusal.CALLER
        begun = self._begun.get(key, deque())
        while begun and begun[0] <= now - HOUR:
            begun.popleft()
        return Refusal.CALLER_HOUR if len(begun) >= settings.per_caller_hour else None

    def began(self, call_sid: str, caller: str, settings: ServerSettings, now: float) -> None:
        """Count a call that got its slot."""
        key = known(caller, settings.withheld_as_one)
        if key is None:
            return
        self._running.setdefault(key, []).append(call_sid)
        self._begun[key] = self._begun.pop(key, deque())  # the latest stand last
        self._begun[key].append(now)
        if len(self._begun) > MOST:
            del self._begun[next(iter(self._begun))]

    def ended(self, call_sid: str, caller: str, settings: ServerSettings, now: float, seconds: float) -> None:
        """Count the end of a call that lasted these seconds."""
        if seconds > 0:
            self._spent.append((now, seconds))
        key = known(caller, settings.withheld_as_one) or ""
        live = self._running.get(key, [])
        if call_sid in live:
            live.remove(call_sid)
        if not live:
            self._running.pop(key, None)


def known(caller: str, withheld_as_one: bool) -> str | None:
    """Return the key of a caller; None for a withheld number, unless all of these are to be one caller."""
    digits = number(caller)
    bare = digits.lstrip("+").removeprefix("sip:")
    is_withheld = bare in WITHHELD or bare.startswith(("anonymous", "restricted", "unavailable", "unknown"))
    return ("withheld" if withheld_as_one else None) if is_withheld else digits
