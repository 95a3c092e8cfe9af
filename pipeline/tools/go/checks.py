"""The judges of the GO test, one for each step.

A judge takes a call and the expected behaviour; it returns figures, troubles, and the points that it could not judge.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.installation import command
from pipeline.text import sentences
from pipeline.tools.diagnose.diagnosis import diagnosed
from pipeline.tools.go.observed import Expected, ObservedCall
from pipeline.tools.go.sound import same_start
from pipeline.tools.go.verdict import Figures, Trouble
from pipeline.twilio.messages import SUBPROTOCOL

Judged = tuple[Figures, list[Trouble], list[str]]

OVER = 0.6  # seconds into the answer at which the caller interrupts
GREETED = 2.0  # seconds after its due time within which a greeting must be heard
STOPPED = 1.0  # seconds within which the agent must stop: far more than three frames and a network take
EARLY = 0.5  # seconds, too few for an agent to know that the caller is quiet
SHORT = 8.0  # seconds, the longest greeting
LONG = 45.0  # seconds, the longest answer; 420 characters are about 30
BEEP = 0.4  # seconds; a failed synthesis is a beep of 0.3
SENTENCES = range(2, 5)


def check_at_once(heard: ObservedCall, _: Expected) -> Judged:
    """Judge step 1: no early greeting, the media is heard, one answer of two to four sentences."""
    result = heard.result
    figures: Figures = {"sent": result.tx, "received": result.rx}
    troubles, unjudged = _opening(heard), list[str]()
    turn = result.turns[0] if result.turns else None
    if turn is None or not result.replies:
        return figures, [*troubles, Trouble("there was no answer", _why(heard))], unjudged
    if result.replies[0] < turn.ended:
        early = (
            f"the agent spoke {result.replies[0] - result.started:.2f} s into the call, while the caller was speaking"
        )
        do = (
            "greet only a caller who has been quiet for 0.8 s: `greeting` does, and nothing else may speak at the start"
        )
        return figures, [*troubles, Trouble(early, do)], unjudged
    figures |= {"first_audio_ms": round(1000 * (turn.gap or 0)), "answers": len(result.replies)}
    figures["answer_s"] = heard.seconds(0)
    return figures, troubles + _answer(heard, figures, unjudged), unjudged


def _opening(heard: ObservedCall) -> list[Trouble]:
    result, troubles = heard.result, list[Trouble]()
    before = [verb for verb in result.verbs[: _index(result.verbs, "Connect")] if verb in ("Play", "Say")]
    if before:
        what = f"the TwiML has a <{before[0]}> before its stream: everybody is greeted, and the stream waits"
        do = "set TWIML_PLAY_GREETING=false (`server.twiml_play_greeting`), and let `greeting` speak to a quiet caller"
        troubles.append(Trouble(what, do))
    if result.subprotocol != SUBPROTOCOL:
        what = f"the subprotocol {SUBPROTOCOL} was offered and not echoed"
        do = f"answer the upgrade with Sec-WebSocket-Protocol: {SUBPROTOCOL} if, and only if, it was offered"
        troubles.append(Trouble(what, do))
    return troubles


def _answer(heard: ObservedCall, figures: Figures, unjudged: list[str]) -> list[Trouble]:
    seconds = heard.seconds(0)
    if seconds <= BEEP:
        what = "the answer was a beep" if seconds else f"{heard.result.rx} messages of sound came, and all are silence"
        do = "synthesis fails: look for TTS_ERR in the log; the key, the voice's name, 8000 Hz LINEAR16 or MULAW"
        return [Trouble(what, do)]
    troubles = []
    if len(heard.result.replies) > 1:
        do = "one question gets one answer: `dedup` above and below asr; or a pause of over 0.6 s between two sentences"
        troubles.append(Trouble(f"the agent spoke {len(heard.result.replies)} times", f"{do}: a slow voice"))
    style = "the prompt asks for two to four sentences: LLM_MIN_CHARS, LLM_MAX_CHARS, LLM_TARGET_STYLE"
    if seconds > LONG:
        troubles.append(Trouble(f"the answer took {seconds:.0f} s", style))
    if heard.inside is None:
        unjudged.append("whether it had two to four sentences, as words cannot be heard from here")
        return troubles
    figures["sentences"] = count = len(sentences(" ".join(heard.inside.said[:1])))
    if count not in SENTENCES:
        troubles.append(Trouble(f"the number of its sentences was {count}, not two to four", style))
    return troubles


def check_over(heard: ObservedCall, _: Expected) -> Judged:
    """Judge step 2: the agent stops with a `clear`, and answers the interruption."""
    result = heard.result
    if len(result.turns) < 2:
        return {}, [Trouble("there was no answer to speak over", _why(heard))], []
    if not result.barge_ins:
        return {}, [], [f"the answer had ended after {OVER:g} s, before it could be interrupted: ask for a longer one"]
    barge_in, figures = result.barge_ins[0], Figures()
    if barge_in.stopped is not None:
        figures["clear_ms"] = round(1000 * barge_in.stopped)
    if barge_in.stopped is None or barge_in.stopped > STOPPED:
        what = "no `clear` came" if barge_in.stopped is None else f"it stopped only after {barge_in.stopped:.1f} s"
        do = "BARGE_IN=true, BARGE_IN_VOICE_FRAMES=3 (`end_of_utterance.barge_in`); `clear` at the third voiced frame"
        return figures, [Trouble(f"the agent went on while the caller spoke: {what}", do)], []
    if result.turns[1].gap is None:
        do = "an interruption is a question, too: keep its first syllables, and listen from the `clear` on"
        return figures, [Trouble("it stopped, and did not answer the interruption", do)], []
    figures["answer_after_ms"] = round(1000 * result.turns[1].gap)
    return figures, [], []


def check_nothing(heard: ObservedCall, expected: Expected) -> Judged:
    """Judge step 3: a quiet caller gets a short greeting in time, or none if none is expected."""
    result, seconds = heard.result, heard.seconds(0) if heard.result.replies else 0.0
    if not seconds:
        return _ungreeted(heard, expected)
    at = result.replies[0] - result.started
    figures: Figures = {"greeting_after_ms": round(1000 * at), "greeting_s": seconds}
    if expected.greeting is False:
        do = "leave `greeting.text` (AI_GREETING_HE) blank, or say --greeting yes"
        return figures, [Trouble("a greeting was heard, and none was expected", do)], []
    troubles = []
    if not EARLY <= at <= expected.after + GREETED:
        when = f"the greeting came after {at:.2f} s, not after {expected.after:g} s"
        troubles.append(Trouble(when, "`greeting.after` is 0.8 s, and its sound is made before the call"))
    if seconds > SHORT:
        do = "make `greeting.text` one short sentence"
        troubles.append(Trouble(f"the greeting took {seconds:.0f} s", do))
    return figures, troubles, ["whether one is expected; say --greeting yes"] if expected.greeting is None else []


def _ungreeted(heard: ObservedCall, expected: Expected) -> Judged:
    played = {"Play", "Say"} & set(heard.result.verbs)
    if expected.greeting and not played:
        do = "`greeting.text` (AI_GREETING_HE) and a voice that works: GREETING and TTS_ERR in the log"
        return {}, [Trouble("there was no greeting", do)], []
    return {}, [], ["there was no greeting; say --greeting no if that is right"] if expected.greeting is None else []


def check_turns(heard: ObservedCall, expected: Expected) -> Judged:
    """Judge step 4: at most one reply introduces the agent."""
    result = heard.result
    figures: Figures = {"turns": len(result.turns), "replies": len(result.replies)}
    if result.error or len(result.replies) < 2:
        return figures, [Trouble(result.error or "there were too few answers to compare", _why(heard))], []
    do = "put `intro_filter` below llm, with the words of the introduction in `phrases`"
    if heard.inside is not None:
        introduced = [number for number, text in enumerate(heard.inside.said, 1) if expected.introductions.in_(text)]
        figures["introductions"] = len(introduced)
        again = f"it introduced itself in its replies {_listed(introduced)}"
        return figures, [Trouble(again, do)] if len(introduced) > 1 else [], []
    sounds = [heard.sound(number) for number in range(len(result.replies))]
    alike = [number + 2 for number, sound in enumerate(sounds[1:]) if same_start(sounds[0], sound)]
    if alike:
        return figures, [Trouble(f"reply {_listed(alike)} begins with the very sound of the first one", do)], []
    return (
        figures,
        [],
        ["whether it introduced itself again: no reply begins as the first did, but words were not heard"],
    )


def _why(heard: ObservedCall) -> str:
    """Return the diagnosis of the agent's log if it runs in this process; else advice on where to look."""
    for found in diagnosed(heard.inside.log) if heard.inside is not None else ():
        if not found.healthy and found.do:
            return f"it stopped at {found.stage}: {found.says}; {found.do}"
    if heard.result.ended_by == "agent":
        return f"the agent ended the call: its log says why, and `{command('diagnose LOG')}` reads it"
    return f"`{command('diagnose LOG')}` says from the agent's log at which stage it stopped"


def _index(verbs: tuple[str, ...], verb: str) -> int:
    return verbs.index(verb) if verb in verbs else len(verbs)


def _listed(numbers: Sequence[int]) -> str:
    return " and ".join(str(number) for number in numbers)
