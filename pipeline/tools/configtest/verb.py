"""`test`: play the calls of *.test.yaml files."""

from __future__ import annotations

from pipeline.tools.configtest.options import ConfigTestOptions
from pipeline.tools.verb import verb


@verb(example="test configs -k greeted")
def test(options: ConfigTestOptions) -> int:
    """Play the calls that *.test.yaml files describe, in virtual time."""
    from pipeline.tools.configtest.session import run_tests

    return run_tests(options)
