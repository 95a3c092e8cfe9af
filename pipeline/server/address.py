"""Addresses that a server listens on."""

from __future__ import annotations

import ipaddress

import msgspec

ANYWHERE, HERE = "0.0.0.0", "127.0.0.1"
ADMIN_PORT, CONSOLE_PORT = 9090, 8081
MAX_PORT = 65_535


class Address(msgspec.Struct, frozen=True):
    """An address to listen on; a port of 0 is any free one; with `else_any`, so is one that is taken."""

    host: str
    port: int
    else_any: bool = False

    @classmethod
    def parse(cls, text: str) -> Address:
        """Parse `[HOST:]PORT`, on loopback without a host; raises ValueError with the reason."""
        host, _, port = text.strip().rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        is_port = port.isdecimal() and port.isascii() and int(port) <= MAX_PORT
        if not is_port or " " in host or (":" in host and not _is_ip(host)):
            raise ValueError(
                f"{text[:100]!r} is not [HOST:]PORT, with a port up to {MAX_PORT}, e.g. {HERE}:{ADMIN_PORT}"
            )
        return cls(host or HERE, int(port))

    @property
    def url(self) -> str:
        """Its URL as seen from this machine."""
        here = {ANYWHERE: HERE, "*": HERE, "::": "::1"}.get(self.host, self.host)
        return f"http://[{here}]:{self.port}" if ":" in here else f"http://{here}:{self.port}"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


DEFAULT_ADMIN = Address(HERE, ADMIN_PORT, else_any=True)
DEFAULT_CONSOLE = Address(HERE, CONSOLE_PORT, else_any=True)


def is_loopback(host: str) -> bool:
    """True if the host is reached from this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
