"""The secrets of this process, masked by value in every output: log, terminal, record, pages, metrics, answers.

`learn` takes the value of a secret where it is read: a variable of the environment, or a setting of type `Secret`.
`masked` hides it in text, in each form that libraries and formats give it: with the dirt that was pasted around it and
without, quoted, escaped (JSON, Python, HTML), percent-encoded, in hexadecimal, and in base64, also inside longer text.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import quote, quote_plus

from pipeline.environment.pasted import cleaned
from pipeline.environment.variables import process_environment, secret_values

MASK = "•••"
LEAST_NAMED = 8  # characters of a word, e.g. `test`, from which on it is a secret in a variable named as one
LEAST_SET = 12  # the same for a setting: `not-needed` is written there for servers that want no key
SHORTEST = 4  # characters of a secret; masking shorter ones would blank out half of every text
SHORTEST_DIGITS = 6  # the same for digits alone, e.g. `2026`
PLACEHOLDERS = "•*.0"  # a value of these alone is none: `0` 32 times stands in CallSids and in the vad's judgements
LONG_LINE = 16  # characters of a line of a secret in several lines, e.g. of a PEM key, that is a secret by itself

_WORDS = re.compile(r"[a-z]+(?:[-_. ][a-z]+)*")
_PASSWORD = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:([^/\s@]+)@", re.IGNORECASE)
_LOOKS = re.compile(
    r"(?i)((?:key|secret|token|password)[\"']?\s*[:=]\s*[\"']?)"
    r"((?!\$\{|[0-9.]+(?:ms|s|min|h)\b)[^\s\"',{}\[\]]{6,})"
)


class Secrets:
    """Values to be masked; they are only added, as an old key may still stand in a queue."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, *values: str, least: int = LEAST_NAMED) -> None:
        """Add values, those aside that are no secrets: too short, or words of fewer than `least` characters."""
        new = {part for value in values for part in _parts(value) if _is_secret(part, least)} - self._values
        if new:
            self._values |= new
            forms = {form for value in self._values for form in _forms(value) if len(form) >= SHORTEST}
            # The longest first: of a secret that is part of another's form, no rest must stay.
            self._pattern = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))))

    def masked(self, text: str) -> str:
        """Return the text with `•••` in the place of each secret."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def dotted(self, text: str) -> str:
        """Return the text with `•` in the place of each character of a secret."""
        return text if self._pattern is None else self._pattern.sub(lambda found: "•" * len(found[0]), text)


known = Secrets()  # of this process
learn, masked = known.learn, known.masked


def masked_source(text: str) -> str:
    """Return a line of a file with `•` for each character of a known secret, and of values that look like secrets.

    The line keeps its width, so that carets below it point at the right place.
    """
    return _LOOKS.sub(lambda found: found[1] + "•" * len(found[2]), known.dotted(text))


def masked_bytes(data: bytes) -> bytes:
    """Return UTF-8 text with its secrets masked; any other bytes as they are."""
    with suppress(UnicodeDecodeError):
        text = data.decode()
        hidden = masked(text)
        return data if hidden == text else hidden.encode()
    return data


def learn_environment() -> None:
    """Learn the secrets of this process's environment: variables named as secrets, and passwords in URLs."""
    learn(*secret_values(), *passwords(process_environment().values()))


def passwords(values: Iterable[str]) -> Iterator[str]:
    """Yield the passwords in URLs, such as that of `redis://user:password@host`."""
    for value in values:
        yield from _PASSWORD.findall(value)


def _is_secret(text: str, least: int) -> bool:
    if len(text) < SHORTEST or (text.isdecimal() and len(text) < SHORTEST_DIGITS) or not set(text) - set(PLACEHOLDERS):
        return False
    return len(text) >= least or _WORDS.fullmatch(text) is None


def _parts(value: str) -> Iterator[str]:
    """Yield a value, it cleaned of pasted marks, its long lines, and the private key in a key file's content."""
    bare = cleaned(value).text
    yield from (value, value.strip(), bare)
    yield from (line.strip() for line in value.splitlines() if len(line.strip()) >= LONG_LINE)
    if (content := _key_file(bare)) is not None:
        secret = [text for name, text in content.items() if "private" in name or "secret" in name or "token" in name]
        for each in filter(lambda it: isinstance(it, str) and "://" not in it, secret):
            yield each
            yield from (line for line in each.splitlines() if len(line) >= LONG_LINE and not line.startswith("-----"))


def _key_file(text: str) -> dict[str, str] | None:
    """Return the content of a key file in JSON, or in the base64 of it; None if the text is neither."""
    if not text.startswith("{"):
        try:
            text = base64.b64decode(text, validate=True).decode()
        except (binascii.Error, ValueError):
            return None
    try:
        content = json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _forms(value: str) -> set[str]:
    """Return a value as text of several formats has it."""
    plain = {value, html.escape(value), html.escape(value, quote=False), repr(value)[1:-1]}
    plain |= {json.dumps(value, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    plain |= {each.replace("/", "\\/") for each in plain}
    plain |= {json.dumps(each)[1:-1] for each in plain}  # JSON inside of JSON
    urls = {quote(value, safe=safe) for safe in ("", "/", ":/", "+=/")} | {quote_plus(value)}
    urls |= {re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), each) for each in urls}
    urls |= {quote(each, safe="") for each in urls}
    data = value.encode("utf-8", "surrogateescape")
    return plain | urls | {data.hex(), data.hex().upper()} | set(_in_base64(data))


def _in_base64(data: bytes) -> Iterator[str]:
    """Yield the characters of base64 that depend on these bytes alone, wherever they stand in longer data."""
    if len(data) < LEAST_NAMED:
        return
    for before in range(3):
        text = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        # Of the first characters some bits are of the bytes before, of the last those of the bytes behind.
        first = (before * 8 + 5) // 6
        last = len(text) - (1 if (before + len(data)) % 3 else 0)
        yield from {text[first:last], text[first:last].translate(str.maketrans("+/", "-_"))}
