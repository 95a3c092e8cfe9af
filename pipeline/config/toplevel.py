"""What stands at the top of a config, besides its steps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from pipeline.catalog import Steps
from pipeline.catalog.plugins import NONE, Plugins
from pipeline.catalog.spec import Step
from pipeline.faults import Fault, Place
from pipeline.settings import Duration, FilePath
from pipeline.stamps import Stamp

Language = Annotated[
    str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", extra={"looks": "a BCP 47 tag such as he-IL"})
]
Number = Annotated[
    str, Meta(pattern=r"^(\+[1-9][0-9]{3,14}|[a-z]+:.+)$", extra={"looks": "a number such as +97231234567"})
]


class RecordSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a call."""

    folder: Annotated[str, Meta(description="The folder that calls are kept in; empty keeps none.")] = ""
    audio: Annotated[bool, Meta(description="Whether to keep the sound of both sides.")] = True
    wire: Annotated[bool, Meta(description="Whether to keep Twilio's messages, for `replay`.")] = True
    max_minutes: Annotated[int, Meta(description="Minutes of a call that are kept.", ge=1, le=1440)] = 30


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How calls are answered."""

    max_calls: Annotated[int, Meta(description="Calls at a time; more are turned away.", ge=1, le=10000)] = 50
    drain: Annotated[Duration, Meta(description="How long a server that shuts down waits for its calls.")] = 600.0
    max_call: Annotated[Duration, Meta(description="How long a call may last.", ge=1)] = 1800.0
    twiml_play_greeting: Annotated[bool, Meta(description="Play the greeting before the stream opens.")] = False
    greeting_file: Annotated[FilePath | None, Meta(description="The sound file that is played then.")] = None

    def faults(self) -> tuple[tuple[str, str], ...]:
        """A greeting that is to be played has to be there."""
        if self.twiml_play_greeting and self.greeting_file is None:
            return (("twiml_play_greeting", "needs `greeting_file`"),)
        return ()


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The top level of a config, but for its steps and for what it changes of another."""

    name: Annotated[str, Meta(description="What the config is called in logs; its file's name by default.")] = ""
    language: Annotated[Language, Meta(description="The language of the call, a BCP 47 tag.")] = "en-US"
    numbers: Annotated[tuple[Number, ...], Meta(description="The called numbers that it answers; none: any.")] = ()
    plugins: Annotated[tuple[str, ...], Meta(description="Packages and files whose processors it may use.")] = ()
    record: Annotated[RecordSettings, Meta(description="What is kept of a call.")] = RecordSettings()
    server: Annotated[ServerSettings, Meta(description="How calls are answered.")] = ServerSettings()
    caller: Annotated[FilePath | None, Meta(description="What the phone does in a call to it, unless told.")] = None
    log_words: Annotated[bool, Meta(description="Whether the log has what the caller says.")] = True


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The top level of a config: its steps, and what it changes of another."""

    pipeline: Annotated[Steps, Meta(description="The steps, from the caller's voice to the caller's ear.")] = ()
    extends: Annotated[str, Meta(description="The config that this one changes, a path beside it.")] = ""
    swap: Annotated[dict[str, Any], Meta(description="Steps in the place of others, by word or capability.")] = {}
    set: Annotated[dict[str, Any], Meta(description="Fields in the place of others, e.g. `vad.rms: 260`.")] = {}


class Config(Keys, frozen=True, kw_only=True):
    """A config that has been checked."""

    path: Path
    steps: tuple[Step, ...]
    hash: str  # of what it means, secrets and the content of files included: 12 hex digits
    warnings: tuple[Fault, ...] = ()
    own: Plugins = NONE  # what `plugins` allows
    files: dict[Path, Stamp] = {}  # what it was read from, as it was then
    name_at: Place = Place("")
    numbers_at: tuple[Place, ...] = ()


GROUPS = ("record", "server")
