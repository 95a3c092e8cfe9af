"""The script of the recogniser's stand-in: its faults."""

from __future__ import annotations

from typing import Any

import pytest
from google.api_core import exceptions

from pipeline.standins.google_speech import Fault, GoogleSpeech, Script
from tests.kit.alone import alone
from tests.kit.google_streams import SECOND, results, streaming


@pytest.mark.parametrize(
    ("script", "error"),
    [
        (Script(limit=0.1), exceptions.OutOfRange),
        (Script(no_audio_limit=0.1), exceptions.Aborted),
        (Script(faults=[Fault(do="status", code="RESOURCE_EXHAUSTED")]), exceptions.ResourceExhausted),
        (Script(faults=[Fault(do="status", code="UNAVAILABLE", after=0.1)]), exceptions.ServiceUnavailable),
    ],
)
@alone
async def test_a_stream_that_fails(script: Script, error: type[Any]) -> None:
    """The limits, scaled down, and any status at any moment."""
    async with GoogleSpeech(script) as server, streaming(server) as (send, call):
        if script.faults and script.faults[0].after:
            await send(SECOND[:800])
        with pytest.raises(error):
            await results(call)


@alone
async def test_faults_are_for_streams() -> None:
    """What goes wrong on the first stream need not on the second."""
    async with GoogleSpeech(Script(faults=[Fault(do="empty", streams=[0])], final_delay=0.0)) as server:
        for texts in ([], ["hello"]):
            async with streaming(server) as (send, call):
                await send(SECOND)
                await call.done_writing()
                assert [text for text, final, _ in await results(call) if final] == texts
