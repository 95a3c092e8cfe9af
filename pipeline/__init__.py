"""Kav: phone agents as a YAML-declared chain of processors.

The run time, in the order in which it is best read:

    frames      the frames that travel down a chain, and the controls that travel up
    events      the things that a call reports: the record and the metrics are made of them
    settings    the types with which a step declares its settings
    conversation  the messages of a call, as they were heard
    processor   one step of a chain: handlers, settings, timers
    call        one phone call: its state, its counters, its end
    chain       the processors of one call behind one door
    worker      a processor that waits: one task at a time
    agent       a config made ready to answer calls
    after_call  the work of steps after a call

The rooms around it:

    vad asr llm tts   everything that the providers of one kind share
    echo              the base class of guards against the agent's own voice
    providers         the health of providers: breakers, quotas, probes, fallbacks
    tool uses         the contract of tools; the life of their uses in a call
    audio text tones  sound; sentences and fixed phrases; the keys of a telephone
    twilio            Twilio's messages, playback buffer, TwiML and signatures
    catalog           the words of a config and the classes that they name
    config            YAML, read and checked
    records           the calls that were kept: written, read, told
    server            webhooks, media streams, worker processes
    phone standins    a simulated Twilio; simulated providers
    testing           the bench for tests, in virtual time
    tools cli         one package for each verb; the command line
    faults vocabulary the errors that a user can meet; the closed sets of words
    log loop file_stamps   the log; event loops; changes of files
    installation           the form in which Kav runs, and the command that started it

docs/architecture.md draws the ways between them.

Public names, on which plug-ins and programs may rely, are those in `__all__` and those of `frames`, `events`,
`settings`, `text`, `audio`, `vocabulary`, `providers.probe`, `providers.quota` and `testing`. Their name for users is
`kav`: `from kav import Processor, on`, `from kav.frames import ReplyText`. Each is imported when it is first used, so
that `import pipeline` loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.agent import Agent
    from pipeline.asr import Recognizer, RecognizerSettings
    from pipeline.call import Call, CallSummary
    from pipeline.chain import Chain
    from pipeline.config import Config, load
    from pipeline.conversation import Message
    from pipeline.faults import KavError, ProviderError
    from pipeline.llm import Dialogue, DialogueSettings, ModelSettings
    from pipeline.processor import Processor, on
    from pipeline.settings import Duration, FilePath, Secret, StepSettings, doc
    from pipeline.tts import SynthesisError, Voice, VoiceSettings
    from pipeline.vad import Vad
    from pipeline.worker import Worker

__version__ = "0.1.0"

__all__ = [
    "Agent",
    "Call",
    "CallSummary",
    "Chain",
    "Config",
    "Dialogue",
    "DialogueSettings",
    "Duration",
    "FilePath",
    "KavError",
    "Message",
    "ModelSettings",
    "Processor",
    "ProviderError",
    "Recognizer",
    "RecognizerSettings",
    "Secret",
    "StepSettings",
    "SynthesisError",
    "Vad",
    "Voice",
    "VoiceSettings",
    "Worker",
    "__version__",
    "doc",
    "load",
    "on",
]

_HOMES = {
    "Agent": "agent",
    "Call": "call",
    "CallSummary": "call",
    "Chain": "chain",
    "Config": "config",
    "Dialogue": "llm",
    "DialogueSettings": "llm",
    "Duration": "settings",
    "FilePath": "settings",
    "KavError": "faults",
    "Message": "conversation",
    "ModelSettings": "llm",
    "Processor": "processor",
    "ProviderError": "faults",
    "Recognizer": "asr",
    "RecognizerSettings": "asr",
    "Secret": "settings",
    "StepSettings": "settings",
    "SynthesisError": "tts",
    "Vad": "vad",
    "Voice": "tts",
    "VoiceSettings": "tts",
    "Worker": "worker",
    "doc": "settings",
    "load": "config",
    "on": "processor",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module. Raises AttributeError for any other name."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
