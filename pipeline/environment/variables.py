"""The variables of the environment: one declaration for each that the code reads, and the one way to read them.

Variables that a config names with `${NAME}` are the config's own and need no declaration.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal

import msgspec

from pipeline.environment.pasted import cleaned, is_placeholder

ON, OFF = ("true", "yes", "on", "y", "1"), ("false", "no", "off", "n", "0")
SWITCH = "true or false, yes or no, on or off, 1 or 0"  # the spellings of a switch, for messages
PLACEHOLDER = "is a placeholder, not a value of your own"
SECRETS = re.compile(  # how the names of variables end that hold some
    r"(TOKEN|(^|_|API|AUTH|ACCESS|SECRET|PRIVATE)KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|(^|_)(PASS|PW|PAT))S?(_?[0-9]+)?$",
    re.IGNORECASE,
)


class Variable(msgspec.Struct, frozen=True):
    """A variable that the code reads: its name, the kind of its value, one line of doc, its readers, its default."""

    name: str
    kind: Literal["secret", "identifier", "address", "number", "path", "JSON", "text"]
    doc: str
    read_by: str
    default: str = ""


AUTH_TOKEN = Variable(
    "TWILIO_AUTH_TOKEN",
    "secret",
    "The auth token of the Twilio account: signatures are checked with it. It needs PUBLIC_BASE_URL. "
    "Without it the server listens on loopback alone.",
    "`serve`; `call` and `go` sign their requests with it",
)
ACCOUNT_SID = Variable(
    "TWILIO_ACCOUNT_SID",
    "identifier",
    "The Twilio account, AC and 32 hex digits: calls of other accounts are refused, and a call whose stream never "
    "opens is ended over Twilio's API. It needs TWILIO_AUTH_TOKEN.",
    "`serve`",
)
PUBLIC_BASE_URL = Variable(
    "PUBLIC_BASE_URL",
    "address",
    "The public https address at which Twilio reaches the server, e.g. https://agent.example.com. "
    "Without TWILIO_AUTH_TOKEN, `serve` takes it only with `--unsigned`.",
    "`serve`",
)
CONSOLE_TOKEN = Variable(
    "CONSOLE_TOKEN",
    "secret",
    "The token that opens the console; unset: a new one at each start. It is needed where the console listens "
    "elsewhere than on loopback.",
    "`serve --console`",
)
PUBLIC_HOST = Variable(
    "PUBLIC_HOST", "text", "Ignored, with a warning: PUBLIC_BASE_URL takes its place.", "`serve`, `check`"
)
PORT = Variable(
    "PORT",
    "number",
    "The port to listen on, as hosting platforms set it; `--port` goes before it.",
    "`serve`, `demo`",
    "8080",
)
PER_ADDRESS = Variable(
    "KAV_CONNECTIONS_PER_ADDRESS",
    "number",
    "Connections of one address that may be open without a request; the oldest is closed for a new one. A proxy sends "
    "its requests at once, and needs few.",
    "`serve`",
    "256",
)
ENV_FILE = Variable(
    "KAV_ENV_FILE",
    "path",
    "The file of variables to read in the place of .env; blank reads none. `--env-file` goes before it.",
    "every verb",
    ".env",
)
ALLOWED = Variable(
    "KAV_ALLOW",
    "path",
    "Folders besides its own that a config may take files from, with the system's separator of paths between them; "
    "`--allow` adds to it.",
    "every verb that reads configs",
)
NO_COLOR = Variable(
    "NO_COLOR", "text", "No colours, with any value but a blank one; it goes before FORCE_COLOR.", "every verb"
)
FORCE_COLOR = Variable(
    "FORCE_COLOR",
    "text",
    "Colours in a pipe, too, with any value but a blank one; 0 or false turns them off on a terminal.",
    "every verb",
)
TERM = Variable("TERM", "text", "The kind of terminal; `dumb` has neither colours nor progress bars.", "every verb")
GOOGLE_JSON = Variable(
    "GOOGLE_APPLICATION_CREDENTIALS_JSON",
    "JSON",
    "The content of a Google key file, or its base64, for hosts that keep variables and no files. "
    "It goes before GOOGLE_APPLICATION_CREDENTIALS.",
    "`asr.google`, `tts.google`",
)
GOOGLE_FILE = Variable(
    "GOOGLE_APPLICATION_CREDENTIALS",
    "path",
    "A Google key file, for steps without `credentials`.",
    "`asr.google`, `tts.google`",
)
GOOGLE_PROJECT = Variable(
    "GOOGLE_CLOUD_PROJECT", "text", "The Google project; unset: that of the key.", "`asr.google`, `tts.google`"
)
GCLOUD_PROJECT = Variable(
    "GCLOUD_PROJECT", "text", "An older name of GOOGLE_CLOUD_PROJECT.", "`asr.google`, `tts.google`"
)
GCLOUD_FOLDER = Variable(
    "CLOUDSDK_CONFIG",
    "path",
    "The folder in which gcloud keeps a user's own credentials.",
    "`asr.google`, `tts.google`",
    "~/.config/gcloud",
)
ON_GOOGLE = tuple(
    Variable(
        name,
        "text",
        "Set by Google on its own machines, which have an identity without a key.",
        "`asr.google`, `tts.google`",
    )
    for name in ("GAE_ENV", "K_SERVICE", "CLOUD_RUN_JOB", "GCE_METADATA_HOST")
)
STATE_FOLDER = Variable(
    "XDG_STATE_HOME",
    "path",
    "The folder of a user's state: the hashes of plug-in files that have run are in kav/plugins in it.",
    "records, `replay`, `tune`",
    "~/.local/state",
)

LISTEN_PID = Variable(
    "LISTEN_PID", "number", "The process that systemd passes listening sockets to; set by systemd alone.", "`serve`"
)
LISTEN_FDS = Variable(
    "LISTEN_FDS", "number", "The number of listening sockets that systemd passes; set by systemd alone.", "`serve`"
)

VARIABLES = (
    AUTH_TOKEN,
    ACCOUNT_SID,
    PUBLIC_BASE_URL,
    CONSOLE_TOKEN,
    PUBLIC_HOST,
    PORT,
    PER_ADDRESS,
    ENV_FILE,
    ALLOWED,
    NO_COLOR,
    FORCE_COLOR,
    TERM,
    GOOGLE_JSON,
    GOOGLE_FILE,
    GOOGLE_PROJECT,
    GCLOUD_PROJECT,
    GCLOUD_FOLDER,
    *ON_GOOGLE,
    STATE_FOLDER,
    LISTEN_PID,
    LISTEN_FDS,
)


def process_environment() -> dict[str, str]:
    """Return a copy of this process's environment."""
    return dict(os.environ)


def add(values: Mapping[str, str]) -> None:
    """Set variables of this process, and of those that it starts."""
    os.environ.update(values)


def taken(variable: Variable) -> str:
    """Return a variable's value, and remove it from the environment: child processes do not inherit it."""
    return os.environ.pop(variable.name, "")


def is_set(variable: Variable) -> bool:
    """True if this process has the variable, be it blank."""
    return variable.name in os.environ


def read(variable: Variable, environment: Mapping[str, str] | None = None) -> str:
    """Return a variable's value, cleaned of pasted marks; blank if it is not set."""
    found = os.environ.get(variable.name, "") if environment is None else environment.get(variable.name, "")
    return cleaned(found).text if found else ""


def told(variable: Variable, environment: Mapping[str, str] | None = None) -> str:
    """Return a variable's value as `read` does, with one WARNING a process about the marks that were left off."""
    for name, text in notes(environment, (variable,)):
        _warn(f"{name} {text}")
    return read(variable, environment)


def notes(
    environment: Mapping[str, str] | None = None, variables: tuple[Variable, ...] = VARIABLES
) -> Iterator[tuple[str, str]]:
    """Yield the names of variables with marks of pasting, or a placeholder, as their value, each with a predicate."""
    known = os.environ if environment is None else environment
    for each in variables:
        text, marks = cleaned(known.get(each.name, ""))
        if marks:
            yield each.name, f"has {marks}: left off"
        if each.kind in ("secret", "identifier", "address") and is_placeholder(text):
            yield each.name, PLACEHOLDER


def switch(text: str) -> bool | None:
    """Return the meaning of a switch in any case of letters; None if it has none. `SWITCH` lists the spellings."""
    word = text.strip().lower()
    return True if word in ON else False if word in OFF else None


def secret_values() -> list[str]:
    """Return the values of the variables that hold secrets, by their names, as they are set."""
    named = {each.name for each in VARIABLES if each.kind in ("secret", "JSON")}
    return [value for name, value in os.environ.items() if SECRETS.search(name) or name in named]


@cache
def _warn(text: str) -> None:
    from loguru import logger  # imported here: `list` starts without a log

    logger.warning("{}", text)
