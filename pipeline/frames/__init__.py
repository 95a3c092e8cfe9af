"""Frames and controls: everything that travels through a chain.

Frames go down, towards the caller's ear; controls go up, towards the caller's voice. The class fixes the direction.
Every time is in seconds of one of two clocks: *stream time* counts the caller's audio from the start of the stream,
*loop time* is `loop.time()`. Every `pcm` is signed 16-bit little-endian mono at 8000 Hz: 20 ms are 320 bytes.
"""

from pipeline.frames.agent import AudioEnded, AudioOut, Mark, Media, ReplyAhead, ReplyEnded, ReplyText
from pipeline.frames.caller import (
    HeldUtterance,
    SpeechHeld,
    SpeechReleased,
    SpeechStarted,
    SpeechStopped,
    Transcript,
    TurnDropped,
    TurnLikely,
    Utterance,
)
from pipeline.frames.controls import (
    AgentSpeaking,
    Clear,
    Collect,
    FillerDue,
    Handover,
    Hangup,
    Interrupt,
    ReplyHeld,
    ReplyStopped,
    SentenceOpen,
    StopReply,
    ToolBegan,
    ToolEnded,
    WordsHeld,
)
from pipeline.frames.frame import Control, Frame
from pipeline.frames.line import AudioIn, CallEnded, CallStarted, Dtmf, Keys, MarkPlayed, WireMessage

# in the order in which they travel, not of the alphabet: docs/events.md has them so
__all__ = [
    "AgentSpeaking",
    "AudioEnded",
    "AudioIn",
    "AudioOut",
    "CallEnded",
    "CallStarted",
    "Clear",
    "Collect",
    "Control",
    "Dtmf",
    "FillerDue",
    "Frame",
    "Handover",
    "Hangup",
    "HeldUtterance",
    "Interrupt",
    "Keys",
    "Mark",
    "MarkPlayed",
    "Media",
    "ReplyAhead",
    "ReplyEnded",
    "ReplyHeld",
    "ReplyStopped",
    "ReplyText",
    "SentenceOpen",
    "SpeechHeld",
    "SpeechReleased",
    "SpeechStarted",
    "SpeechStopped",
    "StopReply",
    "ToolBegan",
    "ToolEnded",
    "Transcript",
    "TurnDropped",
    "TurnLikely",
    "Utterance",
    "WireMessage",
    "WordsHeld",
]
