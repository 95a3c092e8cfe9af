"""The options of `forget`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import option


class ForgetOptions(Struct, frozen=True, kw_only=True):
    """The options of `forget`."""

    who: Annotated[str, option(metavar="NUMBER|CALL", help="a telephone number in any writing, a CallSid or a folder")]
    calls: Annotated[tuple[str, ...], option(metavar="FOLDER", nargs="*", help="folders of calls (default: calls)")] = (
        "calls",
    )
    yes: Annotated[bool, option("--yes", help="remove without asking")] = False
    dry_run: Annotated[bool, option("--dry-run", help="only show what would be removed")] = False
