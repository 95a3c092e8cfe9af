"""Tests of a config that pass and fail."""

from __future__ import annotations

from pipeline.tools.configtest.running import Outcome

TWO = """\
tests:
  - name: it answers
    send: [{speech: 1s, at: 1s}]
    expect: [{heard: /seven/}]
  - name: it answers <otherwise>
    send: [{speech: 1s, at: 1s}]
    expect:
      - {frame: Transcript, text: helo, at: 1s}
"""


def texts(outcome: Outcome) -> list[str]:
    return [failure.text for failure in outcome.failures]
