"""Kav: phone agents as a YAML-declared chain of processors.

The run time, in the order in which it is best read:

    frames      the frames that travel down a chain, and the controls that travel up
    events      the things that a call reports: the record and the metrics are made of them
    settings    the types with which a step declares its settings
    processor   one step of a chain: handlers, settings, timers
    call        one phone call: its state, its counters, its end
    chain       the processors of one call behind one door
    worker      a processor that waits: one task at a time
    agent       a config made ready to answer calls

The rooms around it:

    vad asr llm tts   everything that the providers of one kind share
    providers         the health of providers: breakers, quotas, probes, fallbacks
    audio text        sound; sentences and fixed phrases
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

Public names, on which plug-ins and programs may rely, are those in `__all__` and those of `pipeline.frames`,
`settings`, `processor`, `asr`, `llm`, `tts`, `vad`, `text`, `audio` and `testing`. Each is imported when it is first
used, so that `import pipeline` loads nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.agent import Agent
    from pipeline.call import Call
    from pipeline.chain import Chain
    from pipeline.config import Config, load
    from pipeline.processor import Processor, on
    from pipeline.settings import StepSettings, doc
    from pipeline.worker import Worker

__version__ = "0.1.0"

__all__ = [
    "Agent",
    "Call",
    "Chain",
    "Config",
    "Processor",
    "StepSettings",
    "Worker",
    "__version__",
    "doc",
    "load",
    "on",
]

_HOMES = {
    "Agent": "agent",
    "Call": "call",
    "Chain": "chain",
    "Config": "config",
    "Processor": "processor",
    "StepSettings": "settings",
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
