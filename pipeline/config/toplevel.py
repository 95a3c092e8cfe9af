"""The top level of a config, besides its steps."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from pipeline.catalog import Steps
from pipeline.catalog.plugins import NONE, Plugins
from pipeline.catalog.spec import Step
from pipeline.catalog.tools import ToolItems
from pipeline.config.after_settings import AfterSettings
from pipeline.faults import Fault, Place
from pipeline.file_stamps import Stamp
from pipeline.redaction.settings import RedactSettings
from pipeline.settings import Duration, FilePath, FolderPath
from pipeline.text.languages import NAMES

Language = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$",
        extra={"looks": "a BCP 47 tag such as he-IL", "named": NAMES},
    ),
]
Number = Annotated[
    str, Meta(pattern=r"^(\+[1-9][0-9]{3,14}|[a-z]+:.+)$", extra={"looks": "a number such as +97231234567"})
]

SIZE = r"[0-9]*[1-9][0-9]*(\.[0-9]+)?\s?[kKmMgGtT]([iI]?[bB])?|0?\.[0-9]*[1-9][0-9]*\s?[kKmMgGtT]([iI]?[bB])?"
Memory = Annotated[
    str,
    Meta(
        pattern=rf"^(off|(100|[1-9][0-9]?)%|{SIZE})$",
        extra={"looks": "a size such as 2GB or 512MiB, a share of the machine's memory such as 50%, or off"},
    ),
]

PLAYED = (".mp3", ".wav", ".wave", ".aif", ".aiff", ".aifc", ".gsm", ".ulaw")  # sounds that Twilio's <Play> takes
GREETING = "an MP3 or WAV file beside the config, e.g. greeting.mp3; the server gives it to Twilio, which plays it"

SoundFormat = Literal["mulaw", "wav", "none"]
RecordedSound = Literal["mulaw", "wav", "none", "true", "false"]  # the last two: as configs of early versions say it


class RecordSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The recording of calls."""

    folder: Annotated[
        FolderPath, Meta(description="The folder that calls are kept in, beside the config; empty keeps none.")
    ] = ""
    audio: Annotated[
        RecordedSound,
        Meta(description="The sound of both sides: as the line has it, as 16-bit PCM (twice the size), or not at all."),
    ] = "mulaw"
    wire: Annotated[bool, Meta(description="Keep Twilio's messages, for `replay`.")] = True
    keep: Annotated[
        Annotated[Duration, Meta(ge=3600)] | None,
        Meta(description="How long a call is kept, e.g. 30d; older ones are removed. Unset: for ever."),
    ] = None
    max_minutes: Annotated[int, Meta(description="Minutes of a call that are kept.", ge=1, le=1440)] = 30

    @property
    def sound(self) -> SoundFormat:
        """The format of the sound that is kept."""
        kept: dict[str, SoundFormat] = {"mulaw": "mulaw", "wav": "wav", "true": "mulaw"}
        return kept.get(str(self.audio).lower(), "none")


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Limits and options of the server."""

    max_calls: Annotated[int, Meta(description="Calls at a time; more are refused.", ge=1, le=10000)] = 50
    per_caller: Annotated[int, Meta(description="Calls of one number at a time; more are refused.", ge=1)] = 5
    per_caller_hour: Annotated[int, Meta(description="Calls of one number in an hour; more are refused.", ge=1)] = 60
    withheld_as_one: Annotated[bool, Meta(description="Count all withheld numbers as one caller, not none.")] = False
    call_time_per_hour: Annotated[
        Annotated[Duration, Meta(ge=60)] | None,
        Meta(description="Length of all calls in an hour, e.g. 20h; then new ones are refused. Unset: no limit."),
    ] = 72000.0
    busy: Annotated[
        str, Meta(description="Said to callers who are refused, by Twilio's voice; blank: a busy tone.")
    ] = ""
    max_memory: Annotated[
        Memory,
        Meta(
            description="Memory of the server, e.g. 2GB; above four fifths of it new calls are refused. A share, e.g. "
            "50%, is one of the machine's, or of the container's limit; off: no limit."
        ),
    ] = "100%"
    drain: Annotated[Duration, Meta(description="How long a server that shuts down waits for its calls.")] = 600.0
    max_call: Annotated[Duration, Meta(description="How long a call may last.", ge=1)] = 1800.0
    after_call: Annotated[Duration, Meta(description="How long the work after a call may take.", ge=0, le=600)] = 30.0
    open_timeout: Annotated[
        Duration, Meta(description="How long a step may take to open, at start and in a reload.", ge=0.1, le=3600)
    ] = 30.0
    twiml_play_greeting: Annotated[bool, Meta(description="Play the greeting before the stream opens.")] = False
    greeting_file: Annotated[FilePath | None, Meta(description="The sound file of that greeting, MP3 or WAV.")] = None

    def faults(self) -> tuple[tuple[str, str], ...]:
        """Require the file of a greeting that is to be played."""
        if self.twiml_play_greeting and self.greeting_file is None:
            return (("twiml_play_greeting", f"needs `greeting_file`, {GREETING}"),)
        return ()

    def doubts(self) -> Iterable[tuple[str, str]]:
        """Yield a greeting's file that is not played, or that Twilio may not play."""
        if self.greeting_file is None:
            return
        if not self.twiml_play_greeting:
            yield "greeting_file", "is not played: it needs `twiml_play_greeting: true`"
        if self.greeting_file.suffix.lower() not in PLAYED:
            yield "greeting_file", f"may not be a sound that Twilio plays: it takes {GREETING}"


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The top level of a config, without its steps and its changes of another config."""

    name: Annotated[str, Meta(description="The config's name in logs; by default that of its file.")] = ""
    language: Annotated[Language, Meta(description="The language of the call, a BCP 47 tag.")] = "en-US"
    numbers: Annotated[tuple[Number, ...], Meta(description="The called numbers that it answers; none: any.")] = ()
    plugins: Annotated[tuple[str, ...], Meta(description="Packages and files whose processors it may use.")] = ()
    record: Annotated[RecordSettings, Meta(description="The recording of calls.")] = RecordSettings()
    server: Annotated[ServerSettings, Meta(description="Limits and options of the server.")] = ServerSettings()
    after: Annotated[AfterSettings, Meta(description="The work after a call: its events, and who gets them.")] = (
        AfterSettings()
    )
    redact: Annotated[RedactSettings, Meta(description="The masking of personal data in words.")] = RedactSettings()
    caller: Annotated[
        FilePath | None, Meta(description="The caller's script of a test call, unless another is named.")
    ] = None
    log_words: Annotated[bool, Meta(description="Write the words of the caller and of the agent to the log.")] = True


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The top-level keys that make the steps, or change another config."""

    pipeline: Annotated[Steps, Meta(description="The steps, from the caller's voice to the caller's ear.")] = ()
    tools: Annotated[ToolItems, Meta(description="The tools of the agent: words, or files of Python.")] = ()
    extends: Annotated[str, Meta(description="The config that this one changes: a path, or `kav:NAME`.")] = ""
    swap: Annotated[
        dict[str, Any], Meta(description="Steps in the place of others, by word or capability; tools by `tools.NAME`.")
    ] = {}
    insert: Annotated[
        list[Any], Meta(description="Steps to add `before` or `after` another, e.g. `{after: asr, steps: [dedup]}`.")
    ] = []
    drop: Annotated[list[str], Meta(description="Steps to take out, e.g. `dedup[2]`.")] = []
    set: Annotated[dict[str, Any], Meta(description="Fields in the place of others, e.g. `vad.rms: 260`.")] = {}


class Config(Keys, frozen=True, kw_only=True):
    """A checked config."""

    path: Path
    steps: tuple[Step, ...]
    tools: ToolItems = ()
    hash: str  # hash of its meaning, with secrets and the content of files: 12 hex digits
    warnings: tuple[Fault, ...] = ()
    own: Plugins = NONE  # the plug-ins that `plugins` allows
    files: dict[Path, Stamp] = {}  # files it was read from, with their stamps at that time
    name_at: Place = Place("")
    folder_at: Place = Place("")  # of `record.folder`
    outbox_at: Place = Place("")  # of `after.folder`
    numbers_at: tuple[Place, ...] = ()


GROUPS = ("record", "server", "after", "redact")
