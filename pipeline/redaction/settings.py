"""The settings of a config's `redact`: the outputs from which callers' personal data is kept."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class RedactSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The outputs in which card numbers, phone numbers and e-mail addresses in words, and keys pressed, are masked."""

    logs: Annotated[bool, Meta(description="Mask them in the log.")] = True
    console: Annotated[bool, Meta(description="Mask them in the console's view of a live call.")] = True
    records: Annotated[bool, Meta(description="Mask them in records, whose sound keeps what was said.")] = False
    after_call: Annotated[bool, Meta(description="Mask them in the summary for the work after a call.")] = False


REDACTS = RedactSettings()  # the default
