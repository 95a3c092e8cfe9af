"""Nothing that is printed has a secret in it."""

from __future__ import annotations

import sys

import pytest

from pipeline.redaction.output import masked_output
from pipeline.redaction.secrets import learn


@pytest.mark.fault("I-1")
def test_print_and_tracebacks_are_masked(capsys: pytest.CaptureFixture[str]) -> None:
    """On both streams, and by `write` and `writelines`; the streams are back behind the block."""
    learn("canary-of-print-1")
    before = sys.stdout
    with masked_output():
        print("a canary-of-print-1 b", flush=True)
        sys.stdout.writelines(["canary-of-print-1", "\n"])
        print("error: canary-of-print-1", file=sys.stderr)
    assert sys.stdout is before
    told = capsys.readouterr()
    assert told.out == "a ••• b\n•••\n" and told.err == "error: •••\n"
