"""The options of `check`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Struct

from pipeline.tools.verb import Allow, StandIns, option

FIELDS = "file, line, column, width, severity (error or warning), text, hint"


class CheckOptions(Struct, frozen=True, kw_only=True):
    """The options of `check`."""

    paths: Annotated[
        tuple[str, ...],
        option(metavar="path", nargs="+", help="a YAML file, a folder, or a quoted pattern: 'configs/**/*.yaml'"),
    ]
    strict: Annotated[bool, option("--strict", help="let warnings fail, too")] = False
    together: Annotated[bool, option("--together", help="as one server would have them: no number or name twice")] = (
        False
    )
    online: Annotated[bool, option("--online", help="ask each provider once whether it would serve")] = False
    stand_ins: StandIns = False
    as_json: Annotated[bool, option("--json", help=f"print the faults as JSON, each with {FIELDS}")] = False
    allow: Allow = ()
