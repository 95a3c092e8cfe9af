from __future__ import annotations

import json

from pipeline import audio
from pipeline.phone.result import BargeIn, CallResult, Turn
from pipeline.records import timeline
from pipeline.terminal.paint import Paint
from pipeline.tools.call.table import as_json, render
from pipeline.tools.call.verdict import Verdict
from pipeline.twilio.playback import TwilioWarning

RESULT = CallResult(
    call_sid="CA1",
    stream_sid="MZ1",
    started=100.0,
    ended=112.3,
    turns=(Turn("three rooms", 101.0, 102.14, 103.05), Turn("ירושלים", 105.0, 106.0, None)),
    barge_ins=(BargeIn("wait", 108.2, 108.24, 108.249),),
    replies=(103.05,),
    marks=((104.0, "1"), (104.5, "2")),
    rx=50,
    tx=615,
    agent_track=bytes(2 * 24_400) + audio.tone(1.0),
)

TABLE = """\
turn  said         words end  decided    words  reply  first audio
   1  three rooms     2.14 s  +480 ms  +500 ms      –      +910 ms
   2  ירושלים         6.00 s        –        –      –            –

barge-in  said      at  clear after 1st voiced frame  after 3rd
       1  wait  8.20 s                        +49 ms      +9 ms

12.3 s, ended by caller; sent 615, received 50, 1 reply, 0 clears, 2 marks, 0 underruns
ok"""

INSIDE = Verdict(inside=True)


def told(decided: dict[int, float], words: float | None = None, reply: float | None = None) -> list[timeline.Turn]:
    """The agent's turns, by the loop times at which they were over."""
    return [
        timeline.Turn(number, 0.0, 0.0, decided_at=at, words_at=words, reply_at=reply) for number, at in decided.items()
    ]


def test_a_call_is_shown_as_a_table() -> None:
    """Aligned, with times that a person can read."""
    assert render(RESULT, told({1: 102.3, 2: 102.62, 3: 150.0}, 102.64), INSIDE) == TABLE


def test_the_stages_of_a_turn_are_shown_where_they_are_known() -> None:
    """When its last words were there, and the first ones of the reply, since the caller's last voice."""
    known = told({1: 102.3}, 102.5, 102.9)
    head, first, second = render(RESULT, known).splitlines()[:3]
    assert head.split()[-6:] == ["end", "decided", "words", "reply", "first", "audio"]
    assert first.split()[-8:] == ["+160", "ms", "+360", "ms", "+760", "ms", "+910", "ms"]
    assert second.split()[-4:] == ["–"] * 4
    turns = json.loads(as_json(RESULT, known))["turns"]
    assert (turns[0]["transcript"], turns[0]["piece"], turns[1]["piece"]) == (2.5, 2.9, None)


def test_an_answer_behind_a_filler_has_a_moment_of_its_own() -> None:
    """The phone hears one sound go over into the other; an agent in this process tells where the answer begins."""
    known = told({1: 102.3})
    known[0].answer_at = 103.9
    turns = json.loads(as_json(RESULT, known))["turns"]
    assert (turns[0]["audio"], turns[0]["answer"], turns[1]["answer"]) == (3.05, 3.9, None)
    assert "answer" not in json.loads(as_json(RESULT))["turns"][0]


def test_a_call_without_words_is_its_last_lines() -> None:
    """Why it failed comes last."""
    result = CallResult(call_sid="CA1", stream_sid="MZ1", error="nobody there", ended_by="error")
    assert render(result).splitlines()[-1] == "failed: nobody there"


def test_warnings_are_shown_and_fail() -> None:
    """With Twilio's own numbers."""
    warning = TwilioWarning(31951, "no")
    result = CallResult(call_sid="CA1", stream_sid="MZ1", warnings=(warning,), error=str(warning))
    assert render(result).splitlines()[-2:] == ["warning: Twilio 31951: no", "failed: Twilio 31951: no"]


def test_programs_get_the_same_as_json() -> None:
    """Times from the start of the stream, in seconds."""
    data = json.loads(as_json(RESULT))
    assert data["ok"] and data["seconds"] == 12.3 and data["tx"] == 615
    assert data["turns"][0] == {
        "said": "three rooms",
        "started": 1.0,
        "ended": 2.14,
        "decided": None,
        "audio": 3.05,
        "gap": 0.91,
    }
    assert data["barge_ins"][0]["reaction"] == 0.009


def test_failures_of_the_agent_decide() -> None:
    """Each is a line, smaller troubles before them; of an agent elsewhere, no more is said than the line shows."""
    failed = Verdict(["the model failed"], ["a fallback answered"], inside=True)
    assert render(RESULT, (), failed).splitlines()[-2:] == ["note: a fallback answered", "failed: the model failed"]
    data = json.loads(as_json(RESULT, (), failed))
    assert (data["ok"], data["failures"], data["notes"]) == (False, ["the model failed"], ["a fallback answered"])
    assert render(RESULT).splitlines()[-1].startswith("ok, as far as the line shows")


def test_the_verdict_and_the_headings_are_painted() -> None:
    """Green and red as the verdict is, the headings bold; without colours it is the same text."""
    paint = Paint(colours=True, isolates=True)
    good, bad = render(RESULT, verdict=INSIDE, paint=paint), render(RESULT, verdict=Verdict(["broken"]), paint=paint)
    assert good.endswith("\x1b[32mok\x1b[0m") and bad.endswith("\x1b[31mfailed: broken\x1b[0m")
    assert good.startswith("\x1b[1mturn  said") and "\u2068ירושלים\u2069  " in good
