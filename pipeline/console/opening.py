"""The console of a command: its address, its token, and the combinations that are refused."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from pipeline.console.app import Listener
from pipeline.environment.variables import CONSOLE_TOKEN, told
from pipeline.faults import UsageError
from pipeline.server.address import Address, is_loopback
from pipeline.server.options import SettingError, public_url

SHORTEST = 16  # characters of a token of one's own


def console(
    address: Address | None, url: str = "", *, editing: bool = False, changes: tuple[str, ...] = ()
) -> Listener | None:
    """Return the console to open, None without an address; `url` is the https address of a proxy before it.

    `changes` are those that the server lays over its configs, as `--set` has them.

    Raises UsageError for options of a console that is off, for one that others could reach without a token of its own
    or without https, and for editing anywhere but on this machine.
    """
    if address is None:
        if url or editing:
            raise UsageError("--console-url and --console-edit need --console [HOST:]PORT")
        return None
    token, public = told(CONSOLE_TOKEN), _public(url)
    if token and len(token) < SHORTEST:
        raise UsageError(f"CONSOLE_TOKEN is shorter than {SHORTEST} characters: take a longer random one")
    afar = public or not is_loopback(address.host)
    if afar and not (token and public):
        raise UsageError(
            f"--console {address}: others reach it there, so it needs CONSOLE_TOKEN in the environment, and "
            "--console-url with the https address of the proxy before it; for yourself alone: "
            "ssh -L 8081:127.0.0.1:8081"
        )
    if afar and editing:
        raise UsageError("--console-edit works on this machine alone: a config may run code")
    return Listener(address=address, token=token, public=public, editing=editing, changes=changes)


def _public(url: str) -> str:
    try:
        public = public_url(url)
    except SettingError:
        public = "http:"
    parts = urlsplit(public)
    if public and (parts.scheme != "https" or parts.path):
        raise UsageError(
            f"--console-url {url[:100]!r} is not an address like https://console.example.com, without a path"
        )
    return f"https://{_spelled(parts)}" if public else ""


def _spelled(parts: SplitResult) -> str:
    """Return host and port as browsers spell them: in lower case, and without https's own port."""
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name
    return host if parts.port in (None, 443) else f"{host}:{parts.port}"
