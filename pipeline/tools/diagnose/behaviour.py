"""Rules on calls that went on and were bad all the same: failures behind a fixed sentence, loops, waits, barge-ins."""

from __future__ import annotations

from pipeline.installation import command
from pipeline.tools.diagnose import runs
from pipeline.tools.diagnose.stages import (
    ANSWER,
    BARGE_IN,
    ENDPOINTING,
    EXCEPTION,
    GREETING,
    HANG_UP,
    MEDIA,
    MODEL,
    RECOGNITION,
    SENDING,
    SYNTHESIS,
    Rule,
)

FAILURES = (
    Rule(
        stage=HANG_UP,
        lines=runs.broken,
        says="the socket ended with a code that means a failure",
        do="1006: the network, a proxy or a crash, without a goodbye; 1009: a message too large; 1011: an exception at "
        "the server; 1001: it was stopped. The lines above it, and a traceback, say more",
    ),
    Rule(
        stage=RECOGNITION,
        lines=lambda call: runs.faults(call, "asr"),
        says="recognition failed, and no other recogniser helped",
        do="the recogniser's key, language and quota; the line of its error says which",
    ),
    Rule(
        stage=MODEL,
        lines=lambda call: runs.faults(call, "llm"),
        says="the model failed, and the caller heard a fixed sentence in the place of an answer",
        do="the model's key, name, address and quota; give `llm` a `fallback`",
    ),
    Rule(
        stage=SYNTHESIS,
        lines=runs.beeps,
        says="no voice spoke a sentence: the caller heard a beep in its place",
        do="the voice's key, its name and language; LINEAR16 or MULAW at 8000 Hz; give `tts` a `fallback`",
    ),
    Rule(
        stage=EXCEPTION,
        when=lambda call: (
            (call.count("fault") or (call.count("traceback") and not call.count("tool_fault")))
            and not call.count("blocked")
        ),
        lines=lambda call: call.of("fault", "traceback", "raised"),
        says="an exception was raised in the call",
        do="the last row of its traceback names the error, the row above it the file and line",
    ),
)

BEHAVIOUR = (
    Rule(
        stage=MEDIA,
        when=lambda call: call.count("start") > 1 + call.count("returned"),
        says="the stream was opened more than once in one call: it was lost and opened again",
        do="two streams in the TwiML, an action URL that answers with another <Connect>, or a socket that breaks",
        shown=("start", "closed", "done"),
    ),
    Rule(
        stage=MEDIA,
        lines=runs.gaps,
        says="the caller's sound came with gaps: fewer than 50 messages a second",
        do="the network between, a proxy that buffers, or a server that is too busy to read",
    ),
    Rule(
        stage=SENDING,
        when=lambda call: any(line.word == "mark_overdue" for line in call.of("refused")),
        says="marks did not come back: it is not known how much of the speech was heard",
        do="the other end has to send back each `mark` once the sound before it was played",
        shown=("refused", "sent", "done"),
    ),
    Rule(
        stage=GREETING,
        lines=runs.late_greeting,
        says="the greeting was said after the caller had spoken, or twice",
        do="greet only a caller who has been quiet for 0.8 s, and once: `greeting` does",
    ),
    Rule(
        stage=MODEL,
        lines=runs.introductions,
        says="the agent introduced itself again",
        do="`intro_filter` below the model, with the words of the introduction; a prompt that says not to; one model "
        "for the call, with its history",
    ),
    Rule(
        stage=MODEL,
        lines=runs.loop,
        says="the agent said the same again: a loop",
        do="the model gets no history, or the same question again: look at its messages; `llm` holds back an answer "
        "that equals the last one",
    ),
    Rule(
        stage=RECOGNITION,
        lines=runs.same_words,
        says="ASR_TEXT is the same at every turn",
        do="the recogniser gets the agent's own voice or a stale buffer; or it is a stand-in with a fixed text",
    ),
    Rule(
        stage=MODEL,
        lines=runs.ignored,
        says="turn after turn was taken for a repetition and ignored",
        do="DEDUP_WINDOW_SEC (`dedup.window`) is too long, recognition gives the same text for everything, or the "
        "caller repeats themselves as no answer comes",
    ),
    Rule(
        stage=BARGE_IN,
        lines=runs.false_barge_ins,
        says="sound without words interrupted the agent again and again: false barge-ins",
        do="noise, or the agent's own echo: vad.silero, a higher VAD_RMS (`vad.rms`), BARGE_IN_VOICE_FRAMES, "
        "REPLY_REFRACTORY_MS",
    ),
    Rule(
        stage=BARGE_IN,
        lines=runs.talked_over,
        says="the agent went on while the caller spoke: words came within its speech, and no BARGE_IN",
        do="BARGE_IN=true, BARGE_IN_VOICE_FRAMES=3 (`end_of_utterance.barge_in`); `clear` at the third voiced frame",
    ),
    Rule(
        stage=RECOGNITION,
        when=lambda call: runs.wordless(call) if len(runs.wordless(call)) >= max(2, len(call.words)) else [],
        lines=runs.wordless,
        says="ASR_TEXT is empty at most turns: speech was found, and no words in it",
        do="recognition: its language (he-IL; Google calls it iw-IL), 8000 Hz, its list of phrases; and the sound of "
        "the record, whether it is speech at all",
    ),
    Rule(
        stage=ANSWER,
        lines=runs.skipped,
        says="a question was not answered, and the caller had to speak again",
        do="the model: its time limit, an empty reply; the voice: its key. A line with its error, or none, says which",
        settles="PROVIDER_ERR or LLM_ERR if it was the model, TTS_ERR if it was the voice",
        open=True,
    ),
    Rule(
        stage=ANSWER,
        lines=runs.late,
        says="answers came late: the caller waited for more than 4 s",
        do="a slower model than its time limit should allow, a long prompt, a retry, or a slow voice: "
        f"`{command('report')}` "
        "shows the wait of each; `preemptive`, a smaller model, a streamed voice",
        settles="the time of the model's first words: `words`, `reply` and `first audio` in the table of "
        f"`{command('call')}`",
        open=True,
    ),
    Rule(
        stage=ENDPOINTING,
        lines=runs.deaf,
        says="for the last half minute and more, sound came and no turn was found in it",
        do="the caller was silent; or VAD_RMS (`vad.rms`) is above their voice, or below a new noise: vad.silero",
        settles="the sound of the record",
        open=True,
    ),
)  # fmt: skip
