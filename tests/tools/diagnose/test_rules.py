"""What would settle the doubt about a call."""

from __future__ import annotations

from pipeline.tools.diagnose.diagnosis import diagnosed


def test_what_would_settle_it_is_said() -> None:
    """A log that breaks off after the words names the lines that are missing."""
    (found,) = diagnosed(["WS_START sid=MZ1", "WS_MEDIA sid=MZ1 rx=50", "ASR_TEXT: hello"])
    assert not found.certain and "WS_DONE" in found.settles and "these would settle it" in str(found)
    (sure,) = diagnosed(["WS_START sid=MZ1", "ASR_TEXT: ", "WS_DONE sid=MZ1 rx=300 tx=0"])
    assert sure.certain and sure.evidence == ((2, "ASR_TEXT:"), (3, "WS_DONE sid=MZ1 rx=300 tx=0"))


def test_where_two_stages_are_possible_both_are_said() -> None:
    """Words and tx=0: it may be the model or the voice, and the line that would tell is named."""
    (found,) = diagnosed(["WS_START sid=MZ1", "ASR_TEXT: hello", "WS_DONE sid=MZ1 rx=300 tx=0"])
    assert found.stage == "model or synthesis" and "TTS_ERR" in found.settles and "LLM_ERR" in found.settles
    assert found.evidence == ((2, "ASR_TEXT: hello"), (3, "WS_DONE sid=MZ1 rx=300 tx=0"))
