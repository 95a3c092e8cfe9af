"""The faults of transfers, each at its place."""

from __future__ import annotations

import pytest

from pipeline.config import load
from pipeline.config.findings import Findings
from pipeline.config.transfer_checks import transfers
from tests.kit.configs import GOOD, Write, faults

NUMBER = 'number: "+97231234567"'


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('{to: {sales: {when: buys}}}', "needs `number`"),
        ('{to: {sales: {number: ""}}}', "`to.sales.number` has to be a number with its country's prefix"),
        ('{to: {sales: {number: "03-1234567"}}}', "2:37 `to.sales.number` has to be a number with its country's"),
        ('{to: {sales: {number: "+1 555 123 4567"}}}', "has to be a number with its country's prefix"),
        ('{to: {sales: {number: "+15551234567"}}}', "2:5 `sales` has a number of this config: the caller would come"),
        (f'{{to: {{sales: {{{NUMBER}, hours: "sun 09:00-09:00"}}}}}}', "`to.sales.hours` never are"),
        (f"{{to: {{sales: {{{NUMBER}, hours: nine to five}}}}}}", "`to.sales.hours` are days and times"),
        (f"{{to: {{sales: {{{NUMBER}}}}}, timezone: Mars}}", "`timezone` has to be a time zone's name"),
        (f"{{to: {{Sales: {{{NUMBER}}}}}}}", "`to.Sales` has to be a name of small letters"),
        ("{to: {}}", "`to` has to name somebody"),
        (f"{{to: {{sales: {{{NUMBER}}}}}, ring: 2s}}", "`ring`"),
    ],
)  # fmt: skip
def test_each_fault_has_its_place(write: Write, settings: str, said: str) -> None:
    """Without a number, to the agent itself, at hours that never are."""
    [fault] = faults(write(f"tools:\n  - transfer: {settings}\n{GOOD}"))
    assert said in fault and fault.startswith("x.yaml:2")


@pytest.mark.parametrize(("accept", "warned"), [("key", 1), ("none", 0)])
def test_a_briefing_without_a_voice_is_doubtful(write: Write, accept: str, warned: int) -> None:
    """Twilio's own speaks then; a transfer without a briefing needs none."""
    config = load(write(f"tools:\n  - transfer: {{accept: {accept}, to: {{sales: {{{NUMBER}}}}}}}\n{GOOD}"), env={})
    voiceless = [step for step in config.steps if not step.word.startswith("tts")]
    for steps, count in ((config.steps, 0), (voiceless, warned)):
        findings = Findings()
        transfers(config.tools, config.numbers, steps, findings)
        assert len(findings.warnings) == count and not findings.faults
