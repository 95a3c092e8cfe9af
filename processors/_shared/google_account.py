"""The account of Google's steps: checks of its key, and its credentials.

The key is a file that the config or the environment names, or the content of one in a variable. `check` reads it
itself, as Google's libraries take a second to import.
Source: https://cloud.google.com/docs/authentication/application-default-credentials
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Protocol

from pipeline.environment.variables import (
    GCLOUD_FOLDER,
    GCLOUD_PROJECT,
    GOOGLE_FILE,
    GOOGLE_JSON,
    GOOGLE_PROJECT,
    ON_GOOGLE,
    read,
)
from pipeline.faults import KavError
from pipeline.settings import FilePath, doc
from processors._shared import google_key

VARIABLE = GOOGLE_FILE.name
UNPROXIED = ("grpc.enable_http_proxy", 0)  # of a channel to a stand-in on this machine, to which no proxy leads
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
FIELDS = ("client_email", "private_key", "token_uri")  # of a service account's key; each is needed
KINDS = (
    "service_account",
    "authorized_user",
    "external_account",
    "external_account_authorized_user",
    "impersonated_service_account",
    "gdch_service_account",
)
HINT = f"set `credentials`, or the variable {VARIABLE}, to a service account's key file"
FIRMWARE = Path("/sys/class/dmi/id/product_name")

Credentials = Annotated[FilePath | None, doc("A service account's key file; unset: the machine's own credentials.")]


class Account(Protocol):
    """The settings that every step of Google has: its credentials."""

    @property
    def credentials(self) -> Path | None: ...
    @property
    def insecure(self) -> bool: ...


class Named(NamedTuple):
    """A key that the environment names: the variable, and the path of a file or the content of one."""

    variable: str
    key: Path | str

    def __str__(self) -> str:
        return f"the key in {self.variable}" if isinstance(self.key, str) else f"the file that {self.variable} names"


def account_faults(account: Account) -> Iterable[tuple[str, str]]:
    """Yield the faults of the key file that the config names, for a step's `faults`."""
    if account.credentials is not None and (wrong := key_fault(account.credentials, KINDS[:1])):
        yield "credentials", wrong


def account_lacks(account: Account) -> Iterable[tuple[str, str]]:
    """Yield missing credentials, for a step's `lacks`, as far as this machine can tell."""
    if account.insecure or account.credentials is not None:
        return
    yield from _named_faults()
    if _named() is None and not _well_known().is_file() and not _is_googles():
        text = f"is not set, and nor is {VARIABLE}; set one to a service account's key file"
        yield "credentials", f"{text}, or {GOOGLE_JSON.name} to the content of one"


def account_doubts(account: Account) -> Iterable[tuple[str, str]]:
    """Yield doubtful variables, for a step's `doubts`: content in the place of a path, or a key named twice."""
    if account.insecure or account.credentials is not None:
        return
    if google_key.is_content(read(GOOGLE_FILE)):
        yield (
            "credentials",
            f"comes from {VARIABLE}, which has a key, not a path; name it {GOOGLE_JSON.name}",
        )
    if read(GOOGLE_FILE) and read(GOOGLE_JSON):
        yield (
            "credentials",
            f"comes from {GOOGLE_JSON.name}, which goes before {VARIABLE}: unset one of them",
        )


def _named() -> Named | None:
    """Return the key that the environment names, if any."""
    if content := read(GOOGLE_JSON):
        return Named(GOOGLE_JSON.name, content)
    name = read(GOOGLE_FILE)
    return Named(VARIABLE, name if google_key.is_content(name) else Path(name)) if name else None


def _named_faults() -> Iterable[tuple[str, str]]:
    """Yield the faults of the key that the environment names."""
    named = _named()
    if named and (wrong := key_fault(named.key, KINDS if isinstance(named.key, Path) else KINDS[:2])):
        yield "credentials", f"is not set, and {named} {wrong}"


def key_fault(key: Path | str, kinds: tuple[str, ...]) -> str:
    """Return the reason why a key is unusable as one of these kinds, as a predicate; blank if it is usable."""
    try:
        found = google_key.content(key)
    except OSError as error:
        return f"cannot be read: {error.strerror or type(error).__name__}"
    except ValueError:
        return "is no JSON; download the key again" + ("" if isinstance(key, Path) else ", and paste all of it")
    kind = found.get("type")
    if kind not in kinds:
        return f"is no key file of a service account: its `type` is {'missing' if kind is None else 'another'}"
    if kind != KINDS[0]:
        return ""
    if missing := [f"`{name}`" for name in FIELDS if not found.get(name) or not isinstance(found[name], str)]:
        return f"lacks {', '.join(missing)}; download the key again"
    if google_key.is_private_key(found["private_key"]):
        return ""
    return "has a `private_key` that cannot be read; download it again"


def names_no_project(account: Account) -> bool:
    """True if these credentials certainly belong to no project; False if that is unknown."""
    named = _named()
    key = account.credentials or (named.key if named else None)
    if account.credentials is None and _project():
        return False
    try:
        found = google_key.content(key) if key is not None else {}
    except (OSError, ValueError):
        return False  # reported as a fault of its own
    return found.get("type") == KINDS[0] and not found.get("project_id")


def authorize(account: Account) -> tuple[Any, str]:
    """Return the account's credentials and project, as Google's library finds them; it may wait for the network.

    Raises KavError if no usable ones are found.
    """
    from google.auth.exceptions import GoogleAuthError

    for field, text in account_faults(account) if account.credentials else _named_faults():
        raise KavError(f"`{field}` {text}")
    named = _named()
    try:
        if account.credentials is not None:
            return _from_key(google_key.content(account.credentials))
        found, project = _from_machine() if named is None else _from_key(google_key.content(named.key))
        return found, _project() or project
    except (GoogleAuthError, ValueError, OSError) as error:
        raise KavError(f"no credentials that can be used ({type(error).__name__}); {HINT}") from None


def _from_key(content: dict[str, Any]) -> tuple[Any, str]:
    """Return the credentials and project of a key; those of a rarer kind are Google's library's to find."""
    from google.oauth2 import credentials, service_account

    if content["type"] == KINDS[0]:
        found = service_account.Credentials.from_service_account_info(content, scopes=[SCOPE])  # type: ignore[no-untyped-call]
        return found, found.project_id or ""
    if content["type"] == KINDS[1]:
        return credentials.Credentials.from_authorized_user_info(content, scopes=[SCOPE]), ""  # type: ignore[no-untyped-call]
    return _from_machine()


def _from_machine() -> tuple[Any, str]:
    import google.auth

    found, project = google.auth.default(scopes=[SCOPE])
    return found, project or ""


def _project() -> str:
    return read(GOOGLE_PROJECT) or read(GCLOUD_PROJECT)


def _well_known() -> Path:
    """Return the path at which `gcloud auth application-default login` leaves a user's own credentials."""
    folder = read(GCLOUD_FOLDER) or Path.home() / ".config" / "gcloud"
    return Path(folder) / "application_default_credentials.json"


def _is_googles() -> bool:
    """True if this machine is one of Google's, with an identity of its own."""
    try:
        named = FIRMWARE.read_text(encoding="utf-8")
    except OSError:
        named = ""
    return named.startswith("Google") or any(read(each) for each in ON_GOOGLE)
