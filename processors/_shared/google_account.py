"""The account of Google's steps: checks of its key file, and its credentials.

`check` reads the key file itself, as Google's libraries take a second to import.
Source: https://cloud.google.com/docs/authentication/application-default-credentials
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Protocol

from pipeline.faults import KavError
from pipeline.settings import FilePath, doc

VARIABLE = "GOOGLE_APPLICATION_CREDENTIALS"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
FIELDS = ("client_email", "private_key", "token_uri")  # of a service account's key file; each is needed
KINDS = (
    "service_account",
    "authorized_user",
    "external_account",
    "external_account_authorized_user",
    "impersonated_service_account",
    "gdch_service_account",
)
HINT = f"set `credentials`, or the variable {VARIABLE}, to a service account's key file"
ITS_OWN = ("GAE_ENV", "K_SERVICE", "CLOUD_RUN_JOB", "GCE_METADATA_HOST")  # variables that mark Google's own machines
FIRMWARE = Path("/sys/class/dmi/id/product_name")

Credentials = Annotated[FilePath | None, doc("A service account's key file; unset: the machine's own credentials.")]


class Account(Protocol):
    """The settings that every step of Google has: its credentials."""

    @property
    def credentials(self) -> Path | None: ...
    @property
    def insecure(self) -> bool: ...


def account_faults(account: Account) -> Iterable[tuple[str, str]]:
    """Yield the faults of the key file that the config names, for a step's `faults`."""
    if account.credentials is not None and (wrong := key_fault(account.credentials, KINDS[:1])):
        yield "credentials", wrong


def account_lacks(account: Account) -> Iterable[tuple[str, str]]:
    """Yield missing credentials, for a step's `lacks`, as far as this machine can tell."""
    if account.insecure or account.credentials is not None:
        return
    yield from _named_faults()
    if not os.environ.get(VARIABLE) and not _well_known().is_file() and not _is_googles():
        yield "credentials", f"is not set, and nor is {VARIABLE}; set one to a service account's key file"


def _named_faults() -> Iterable[tuple[str, str]]:
    """Yield the faults of the key file that the environment names."""
    name = os.environ.get(VARIABLE)
    if name and (wrong := key_fault(Path(name), KINDS)):
        yield "credentials", f"is not set, and the file that {VARIABLE} names {wrong}"


def key_fault(path: Path, kinds: tuple[str, ...]) -> str:
    """Return the reason why a key file is unusable as one of these kinds, as a predicate; blank if it is usable."""
    try:
        found = _content(path)
    except OSError as error:
        return f"cannot be read: {error.strerror or type(error).__name__}"
    except ValueError:
        return "is no JSON; download the key again"
    kind = found.get("type")
    if kind not in kinds:
        return f"is no key file of a service account: its `type` is {'missing' if kind is None else 'another'}"
    if kind != KINDS[0]:
        return ""
    if missing := [f"`{name}`" for name in FIELDS if not found.get(name) or not isinstance(found[name], str)]:
        return f"lacks {', '.join(missing)}; download the key again"
    return "" if _is_private_key(found["private_key"]) else "has a `private_key` that cannot be read; download it again"


def names_no_project(account: Account) -> bool:
    """True if these credentials certainly belong to no project; False if that is unknown."""
    path = account.credentials or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if account.credentials is None and (os.environ.get("GOOGLE_CLOUD_PROJECT") or os.environ.get("GCLOUD_PROJECT")):
        return False
    try:
        found = _content(path) if path is not None else {}
    except (OSError, ValueError):
        return False  # reported as a fault of its own
    return found.get("type") == KINDS[0] and not found.get("project_id")


def authorize(account: Account) -> tuple[Any, str]:
    """Return the account's credentials and project, as Google's library finds them; it may wait for the network.

    Raises KavError if no usable ones are found.
    """
    import google.auth
    from google.auth.exceptions import GoogleAuthError
    from google.oauth2.service_account import Credentials

    for field, text in account_faults(account) if account.credentials else _named_faults():
        raise KavError(f"`{field}` {text}")
    try:
        if account.credentials is None:
            found, project = google.auth.default(scopes=[SCOPE])
            return found, project or ""
        file = str(account.credentials)
        found = Credentials.from_service_account_file(file, scopes=[SCOPE])  # type: ignore[no-untyped-call]
    except (GoogleAuthError, ValueError, OSError) as error:
        raise KavError(f"no credentials that can be used ({type(error).__name__}); {HINT}") from None
    return found, found.project_id or ""


def _content(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_bytes())
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _is_private_key(text: str) -> bool:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def _well_known() -> Path:
    """Return the path at which `gcloud auth application-default login` leaves a user's own credentials."""
    folder = os.environ.get("CLOUDSDK_CONFIG") or Path.home() / ".config" / "gcloud"
    return Path(folder) / "application_default_credentials.json"


def _is_googles() -> bool:
    """True if this machine is one of Google's, with an identity of its own."""
    try:
        named = FIRMWARE.read_text(encoding="utf-8")
    except OSError:
        named = ""
    return named.startswith("Google") or any(os.environ.get(name) for name in ITS_OWN)
