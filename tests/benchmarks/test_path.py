"""The way from a question to the mark of its answer is short."""

from __future__ import annotations

from benchmarks.path import journey

FILES, NESTED = 57, 7  # the most of each


def test_an_answer_passes_few_files_and_generators() -> None:
    """From a transcript to the mark: the files whose code runs, and the async generators in one another."""
    found = journey()
    assert len(found.files) <= FILES, found
    assert max(map(len, found.nests.values())) <= NESTED, found
    assert found.files[0] == "pipeline/chain.py" and "processors/twilio_sink.py" in found.files
