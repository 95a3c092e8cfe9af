"""Google's refusals of a probe, each with its remedy.

Source: https://cloud.google.com/apis/design/errors
"""

from __future__ import annotations

from typing import Any

from pipeline.faults import clipped
from pipeline.providers.probe import Unserved

SHOWN = 200  # characters of Google's message
ACCOUNT = "Google knows no such account now: make a new key file, and see that this machine's clock is right"
REACH = "see whether this machine reaches {host}: DNS, proxy, firewall"
ADVICE = {
    "PERMISSION_DENIED": "enable the {api} for the project, or give the account the role {role}",
    "UNAUTHENTICATED": ACCOUNT,
    "RefreshError": ACCOUNT,
    "NOT_FOUND": "its words name a setting that does not exist there: `location`, `recognizer`, `model` or `project`",
    "INVALID_ARGUMENT": "its words name the setting: `model`, `language`, `location` and the voice have to fit",
    "FAILED_PRECONDITION": "see that billing is on for the project, and the {api} enabled",
    "RESOURCE_EXHAUSTED": "look at the project's quotas of the {api}",
    "UNIMPLEMENTED": "`endpoint` is no address of the {api}",
    "UNAVAILABLE": REACH,
    "DEADLINE_EXCEEDED": REACH,
    "TransportError": REACH,
    "INTERNAL": "Google is in trouble: look at its status page, and ask again later",
}


def refused(status: str, words: str, *, api: str, role: str, host: str) -> Unserved:
    """Return Google's answer with its remedy; `status` is gRPC's name, or the class name of a library's error."""
    if "metadata from plugin" in words:  # gRPC reports a missing token as UNAVAILABLE
        status = "RefreshError"
    hint = ADVICE.get(status, "").format(api=api, role=role, host=host)
    return Unserved(clipped(f"{status}: {' '.join(words.split())}", SHOWN), hint)


def words(error: Any) -> str:
    """Return the message of an error of gRPC or of Google's library, without address and debugging text."""
    told = getattr(error, "details", None)
    return str((told() if callable(told) else getattr(error, "message", "")) or error)
