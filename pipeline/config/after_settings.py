"""The settings of the work after a call: its events, their receivers, the summary and the fields to extract."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from pipeline.arguments import Argument
from pipeline.arguments.declared import all_faults
from pipeline.settings import Duration, FolderPath, Secret

AfterEvent = Literal["call.ended", "call.analysed"]
Part = Literal["summary", "extract", "facts", "transcript", "uses", "figures"]
PREFIX = "whsec_"  # of a secret, by Standard Webhooks
LEAST, MOST = 24, 64  # bytes of a secret, by the same
NO_SECRET = "is no secret of Standard Webhooks: write 32 to 88 letters of base64, e.g. of `openssl rand -base64 32`"


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """A receiver of the events of calls, and the parts that it gets."""

    url: Annotated[str, Meta(description="The https address that each event is posted to.")]
    secret: Annotated[
        Secret | list[Secret],
        Meta(description="The key of the signatures, base64; several while one takes the place of another."),
    ] = Secret("")
    events: Annotated[tuple[AfterEvent, ...], Meta(description="The events that it gets.", min_length=1)] = (
        "call.ended",
        "call.analysed",
    )
    include: Annotated[tuple[Part, ...], Meta(description="The parts of the events that it gets.")] = (
        "summary",
        "extract",
        "facts",
        "transcript",
        "uses",
        "figures",
    )

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """The keys of its signatures; a blank one is none."""
        given = self.secret if isinstance(self.secret, list) else [self.secret]
        return tuple(each for each in given if each.reveal())

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The same as bytes."""
        return tuple(_key(each.reveal()) or b"" for each in self.secrets)

    @property
    def id(self) -> str:
        """A name for it that does not show its address."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:12]

    @property
    def shown(self) -> str:
        """Its address without the parts in which a password or a token may stand."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def faults(self) -> Iterable[tuple[str, str]]:
        """Yield an address to which nothing can be sent, and keys that sign nothing."""
        if fault := _url_fault(self.url):
            yield "url", fault
        # A record's config has the mask in the place of each secret.
        if any(_key(each.reveal()) is None for each in self.secrets if each.reveal() != str(each)):
            yield "secret", NO_SECRET

    def doubts(self) -> Iterable[tuple[str, str]]:
        """Yield a lack of a secret."""
        if not self.secrets:
            yield "secret", "is not set: the receiver cannot tell these events from those of a stranger"


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The summary of a call."""

    words: Annotated[int, Meta(description="Words that it may have.", ge=5, le=1000)] = 60


class Unless(msgspec.Struct, frozen=True, kw_only=True):
    """The calls of which no model is asked for a summary and fields."""

    turns: Annotated[int, Meta(description="Those with at most this many turns of the caller.", ge=0)] = 0


class AfterSettings(msgspec.Struct, frozen=True, kw_only=True, rename={"model": "with"}):
    """The work after a call."""

    send: Annotated[
        list[Receiver], Meta(description="The receivers of the events; none: nothing is kept or sent.")
    ] = []
    model: Annotated[str, Meta(description="The step that has the model, e.g. llm.openai; blank: none is asked.")] = ""
    summary: Annotated[Summary, Meta(description="The summary of the call; unset: none.")] | None = None
    extract: Annotated[
        dict[str, Argument], Meta(description="Fields to be found in the words of the call, each with its type.")
    ] = {}
    unless: Annotated[Unless, Meta(description="The calls of which no model is asked.")] = Unless()
    folder: Annotated[
        FolderPath, Meta(description="The folder of events until they are sent, beside the config; blank: outbox.")
    ] = ""
    keep: Annotated[Duration, Meta(description="How long an event is kept once it was received.", ge=0)] = 604800.0

    @property
    def analyses(self) -> bool:
        """True if a model is asked about each call."""
        return bool(self.model) and bool(self.extract or self.summary is not None)

    def faults(self) -> Iterable[tuple[str, str]]:
        """Yield a summary or fields without a model, and a receiver named twice."""
        wanted = "summary" if self.summary is not None else "extract" if self.extract else ""
        if wanted and not self.model:
            yield wanted, "needs `with`, the step whose model is asked, e.g. llm.openai"
        for path, text in all_faults(self.extract):
            yield f"extract.{path.partition('.')[2]}", text
        for number, receiver in enumerate(self.send, 1):
            if receiver.url in [each.url for each in self.send[: number - 1]]:
                yield f"send[{number}].url", "is that of another receiver, too"

    def doubts(self) -> Iterable[tuple[str, str]]:
        """Yield settings that come to nothing."""
        if not self.send:
            yield "send", "has no receiver: nothing is sent after a call"
        elif self.model and not self.analyses:
            yield "with", "is asked nothing: there is neither `summary` nor `extract`"


def _url_fault(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"is no address: {error}"
    if not host or parts.scheme not in ("http", "https") or text != "".join(text.split()):
        return "is no address such as https://crm.example.com/hooks/kav"
    if parts.scheme == "http" and not _is_loopback(host):
        return "has to be https: the words of callers would travel unencrypted"
    return ""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _key(text: str) -> bytes | None:
    """Return the bytes of a secret; None if it is no base64, or too short or long."""
    text = text.removeprefix(PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if LEAST <= len(key) <= MOST else None
