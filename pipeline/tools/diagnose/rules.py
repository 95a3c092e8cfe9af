"""The stages of a call, and the rules that find the stage at which it stopped.

The first rule that matches decides. `settles` is the line that would confirm it, as a log may be incomplete.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from pipeline.tools.diagnose.abilities import ABILITIES, AFTER
from pipeline.tools.diagnose.behaviour import BEHAVIOUR, FAILURES
from pipeline.tools.diagnose.calls import BEHIND, Evidence, turned_away
from pipeline.tools.diagnose.lines import Line
from pipeline.tools.diagnose.stages import (
    ANSWER,
    ENDPOINTING,
    HANDSHAKE,
    HANG_UP,
    HEALTHY,
    LOOP,
    MEDIA,
    MODEL,
    RECOGNITION,
    SENDING,
    SYNTHESIS,
    UNKNOWN,
    Rule,
)
from pipeline.vocabulary import USUAL, Cause

SPOKE = 250  # messages, 5 s: a call without a turn for so long has a fault in endpointing
STREAMED = ("start", "media", "words", "keys", "spoken", "sent", "interrupted", "greeted", "done", "tool", "handover")
BEGAN = 200  # messages, 4 s: the same for a call that is over


def _streamed(call: Evidence) -> bool:
    return bool(call.count(*STREAMED) or call.rx)


def _heard(call: Evidence) -> bool:
    return bool(call.count("words", "thinking", "repeated", "keys") or call.replies or call.errors("asr"))


def _is_behind(call: Evidence) -> bool:
    """True if the lines are of the work after calls alone."""
    return not _streamed(call) and all(line.kind in BEHIND for line in call.lines)


def _alone(each: Rule) -> Rule:
    """Return a rule for the work after calls as one for a log that has no call."""
    return msgspec.structs.replace(each, when=lambda call: _is_behind(call) and each.applies(call))


def _long(call: Evidence, messages: int) -> bool:
    return (call.rx or 0) >= messages


RULES = (
    Rule(
        stage=HANDSHAKE,
        when=lambda call: not _streamed(call) and any(map(turned_away, call.lines)),
        says="the stream was refused: it never said WS_START",
        do="serve /ws/twilio-media with and without a slash at its end, echo the subprotocol audio.twilio.com if it "
        "was offered, and let PUBLIC_BASE_URL be the address that Twilio dials, as signatures cover it",
        shown=("webhook", "upgrade", "rejected"),
    ),
    *map(_alone, AFTER),
    Rule(
        stage=HANDSHAKE,
        when=lambda call: not (_streamed(call) or _is_behind(call)) or call.cause == Cause.NEVER_STARTED,
        says="the call rang, and its stream never said WS_START",
        do="the TwiML has to answer with <Connect><Stream> at once, no <Play> before it, and with the wss:// "
        "address of this very server: PUBLIC_BASE_URL, not PUBLIC_HOST",
        shown=("webhook", "upgrade", "alarm", "ended"),
        settles="WS_START",
    ),
    Rule(
        stage=MEDIA,
        when=lambda call: call.rx == 0 and not _heard(call),
        says="the stream opened and no sound came: rx=0",
        do="rx=0 is the handshake or the path: one reader for each socket, on the path that the TwiML "
        "names; <Connect><Stream>, not <Start>; and `media` messages counted from the first one on",
        shown=("start", "media", "alarm", "done", "ended"),
        settles="WS_MEDIA … rx=50, within 2 s",
    ),
    Rule(
        stage=MEDIA,
        when=lambda call: call.cause == Cause.NO_MEDIA,
        says="the caller's sound stopped coming, and the call was ended after 10 s without it",
        do="Twilio or the network between stopped sending: look at the stream's errors in the Twilio console, and at "
        "proxies that close idle or long connections",
        shown=("media", "alarm", "done", "ended"),
    ),
    Rule(
        stage=HANG_UP,
        when=lambda call: call.cause not in ("", *USUAL, Cause.NEVER_STARTED),
        says="the call was ended by the agent or the line, not by the caller",
        shown=("provider_error", "blocked", "refused", "alarm", "done", "ended"),
    ),
    *FAILURES,
    Rule(
        stage=RECOGNITION,
        when=lambda call: call.errors("asr") and not call.words,
        says="recognition failed",
        do="the recogniser's key, language and quota; the line of its error says which",
        shown=("provider_error", "words", "done"),
    ),
    Rule(
        stage=RECOGNITION,
        when=lambda call: call.count("words") and not call.words,
        says="ASR_TEXT is always empty: speech was found, and no words in it",
        do="recognition: its language (he-IL; Google calls it iw-IL), 8000 Hz, LINEAR16 or MULAW as it was told; and "
        "the sound of the record, whether it is speech at all",
        shown=("media", "words", "done"),
    ),
    Rule(
        stage=SYNTHESIS,
        when=lambda call: call.count("voice_error") and not call.replies,
        says="there was an answer, and no voice spoke it: the caller heard a beep or nothing",
        do="the voice's key, its name and language; LINEAR16 or MULAW at 8000 Hz; give `tts` a `fallback`",
        shown=("words", "voice_error", "sent", "done"),
    ),
    Rule(
        stage=MODEL,
        when=lambda call: call.errors("llm") and not call.replies,
        says="the words were understood, and the model failed",
        do="the model's key, name, address and quota; give `llm` a `fallback`",
        shown=("words", "provider_error", "done"),
    ),
    Rule(
        stage=MODEL,
        when=lambda call: call.words and call.count("repeated") >= len(call.words) and not call.replies,
        says="every question was taken for a repetition and ignored",
        do="DEDUP_WINDOW_SEC (`dedup.window`) is too long, or recognition gives the same text for everything",
        shown=("words", "repeated", "done"),
    ),
    Rule(
        stage=SENDING,
        when=lambda call: call.tx == 0 and (call.count("spoken") or call.count("interrupted")),
        says="the voice spoke, and nothing was sent: tx=0",
        do="sending: `media` messages of 160 bytes of mu-law with the stream's own streamSid, every "
        "20 ms; a `clear` after them throws them away",
        shown=("words", "spoken", "interrupted", "sent", "done"),
    ),
    Rule(
        stage=ANSWER,
        when=lambda call: call.words and not call.count("spoken", "voice_error", "sent", "reply") and not call.tx,
        says="the words were understood, and no answer came of them: neither the model nor the voice left a line",
        do="the model: its key, its time limit, an empty reply; the voice: its key and name. An answer that is slow is "
        "still to come",
        shown=("words", "repeated", "sent", "done"),
        settles="PROVIDER_ERR or LLM_ERR if it was the model, TTS_ERR if it was the voice; tts_done, and WS_DONE … tx=",
        open=True,
    ),
    Rule(
        stage=MODEL,
        when=lambda call: call.unanswered,
        says="the last question was not answered",
        do="the model: its time limit, an empty reply; see what it was asked last",
        shown=("words", "spoken", "done"),
    ),
    Rule(
        stage=RECOGNITION,
        when=lambda call: call.count("thinking") and not call.count("words") and not call.replies,
        says="the caller's turn ended, and recognition gave nothing back",
        do="the recogniser's key, its time limit and quota",
        shown=("media", "thinking", "done"),
        settles="ASR_TEXT",
    ),
    Rule(
        stage=ENDPOINTING,
        when=lambda call: not _heard(call) and _long(call, SPOKE if not call.over else BEGAN),
        says="the caller's sound came, and no end of a turn was ever found in it",
        do="VAD_RMS (`vad.rms`) is above the caller's voice, or below the line's noise, which never ends: try "
        "vad.silero; MIN_UTT_SEC, VAD_HANGOVER_MS, MAX_UTT_SEC. Or the caller said nothing",
        shown=("media", "greeted", "sent", "done"),
        settles="ASR_TEXT",
    ),
    *ABILITIES,
    *BEHAVIOUR,
    Rule(
        stage=LOOP,
        when=lambda call: call.count("blocked"),
        says="a step kept the event loop: in that time this call and all others heard and said nothing",
        do="the line names the step, its stack is below: move long waits and computations into a `Worker`",
        shown=("blocked", "done", "ended"),
    ),
    *AFTER,
    Rule(
        stage=HEALTHY,
        when=lambda call: (
            ((call.words or call.count("keys")) and call.tx)
            or ((call.replies or call.count("reply")) and call.tx is None)
        ),
        says="it heard, answered and was heard",
        shown=(),
    ),
    Rule(
        stage=HEALTHY,
        when=lambda call: call.over and call.tx and not _heard(call),
        says="the agent spoke, and the caller hung up before saying anything",
        shown=("media", "greeted", "sent", "done"),
    ),
    Rule(
        stage=UNKNOWN,
        when=lambda _: True,
        says="nothing to see here: these lines are too few to show a call that works, or one that does not",
        do="paste the lines from WS_START to WS_DONE",
        shown=("webhook", "upgrade", "start", "media", "words", "spoken", "sent", "done", "ended"),
        settles="WS_MEDIA, ASR_TEXT, tts_done, WS_TX and WS_DONE",
    ),
)  # fmt: skip

CAUSES: Mapping[str, str] = {  # cause of a call's end → advice
    Cause.FAULTS: "a step failed ten times: the FAULT lines name it, each with its traceback below",
    Cause.GAVE_UP: "turns in a row failed: the FAULT and PROVIDER_ERR lines name the provider",
    Cause.LOST: "the socket broke: the network, a proxy, or the process at the other end",
    Cause.REFUSED: "the other end was not Twilio, or broke its protocol: the REFUSED line says how",
    Cause.PEER_NOT_READING: "the other end did not read what was sent: a proxy that buffers, or a client that hangs",
    Cause.MEDIA_FORMAT: "the stream was not mu-law at 8000 Hz: <Connect><Stream> has nothing else",
    Cause.MAX_CALL: "the call reached `server.max_call`",
    Cause.WORKER_LOST: "its process was lost: killed, out of memory, or kept by a step, which a BLOCKED line names",
    Cause.SHUTDOWN: "the server was stopped; `server.drain` is how long it waits for its calls",
}


def rule(call: Evidence) -> Rule:
    """Return the first rule that matches."""
    return next(each for each in RULES if each.applies(call))


def shown(call: Evidence, decided: Rule, most: int = 6) -> Iterable[Line]:
    """Return at most `most` lines that show the verdict: the first ones and the last two."""
    if decided.lines is not None:
        return list(decided.lines(call))[:most]
    lines = sorted(call.of(*decided.shown), key=lambda line: line.number)
    return lines if len(lines) <= most else (*lines[: most - 2], *lines[-2:])
