"""Pasted values: a key with the white space, quotes and invisible characters that copying leaves around it."""

from __future__ import annotations

import re
from typing import NamedTuple

QUOTES = "\"'`\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb\u2039\u203a\u05f3\u05f4"
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_EDGES = (  # a name of the marks, and the expression for them at either end
    ("a line's end", re.compile(r"\A[\r\n]+|[\r\n]+\Z")),
    ("white space around it", re.compile(r"\A[\s\x00-\x1f]+|[\s\x00-\x1f]+\Z")),
    ("quotes around it", re.compile(f"\\A[{re.escape(QUOTES)}]+|[{re.escape(QUOTES)}]+\\Z")),
    ("`Bearer` before it", re.compile(r"\A(?:authorization:\s*)?bearer\s+", re.IGNORECASE)),
    ("a name before it", re.compile(r"\A(?:(?:export|set)\s+)?[A-Z0-9]+(?:_[A-Z0-9]+)+\s*=(?=[^=])")),
    ("a comma or semicolon behind it", re.compile(r"[,;]+\Z")),
)
_PLACEHOLDER = re.compile(
    r"""(?ix)
    (?: sk-(?:proj-|ant-)? )? (?: \.{2,} | x{3,} | \*{3,} | … )
    | .* \b your (?:[-_ ]?own)? [-_ ]? (?:\w+[-_ ])* (?:key|token|secret|sid) .*
    | .* [-_] your [-_] .* | your [-_ ]? \w*
    | (?:my|insert|put|enter|add|replace|paste) [-_ ] .* (?:key|token|secret|me|here) .*
    | <.*> | \$?\{.*\} | \$\w+ | %\w+% | change[-_ ]?(?:me|it|this) | replace[-_ ]?me | (?:api|auth)[-_ ]?(?:key|token)
    | todo | fixme | tbd | placeholder
    """
)


class Cleaned(NamedTuple):
    """A value without its pasted marks, and the marks in words; `marks` is blank if there were none."""

    text: str
    marks: str


def cleaned(text: str) -> Cleaned:
    """Take white space, quotes, `Bearer`, a name and invisible characters off a value's ends; the last also inside."""
    bare = _INVISIBLE.sub("", text)
    found = dict.fromkeys(["invisible characters"] if bare != text else [])
    before = None
    while bare != before:
        before = bare
        for name, edge in _EDGES:
            inner = edge.sub("", bare)
            found |= {name: None} if inner != bare else {}
            bare = inner
    return Cleaned(bare, " and ".join(found))


def key_fault(key: str) -> str:
    """Return the reason why a cleaned text cannot be a key, a predicate that does not show it; blank if it may be."""
    if re.search(r"[\s\x00-\x1f\x7f]", key):
        return "has white space inside it, which no key has: copy it again, in one piece"
    if re.search("[•…●∙]", key):
        return "is a mask (•, …), not the key itself: copy it again from the provider's page"
    if not key.isascii():
        return "has letters outside ASCII, which no key has: copy it again from the provider's page"
    return ""


def is_placeholder(key: str) -> bool:
    """True if a text stands for a key, as in an example: `sk-...`, `your-key-here`, `changeme`, `xxx`."""
    return bool(key) and _PLACEHOLDER.fullmatch(key) is not None
