"""The part of a model's text that is spoken: without thoughts, calls of tools, tags and control tokens.

Servers without a parser for a model's format send all of it as the reply's text. There is no common format: thoughts
stand in `<think>`, `<reasoning>`, `[THINK]`, `◁think▷` or a channel of their own, calls of tools in `<tool_call>`,
`<function=…>`, a fenced block or a bare JSON object. An element is judged by its name, wherever it stands.
"""

from __future__ import annotations

import html
import re

from pipeline.llm.marks import Brace, Entity, Fence, Mark, Marks, Tag
from pipeline.text.normalise import DIRECTION, without_marks_of_direction

_SILENT = re.compile(
    r"think|thought|reason|reflect|analy|scratch|monologue|commentary|tool|func|invoke|parameter|python|json"
    r"|argument|execut|observation|^script|^style$|system|user",
)
_THOUGHT = re.compile(r"think|thought|reason|reflect")
_CALL = re.compile(r"tool|func|invok|param|pytho|json|argum|execu")  # stems of elements with calls of tools in them
_HEADERS = ("channel", "im_start", "start", "start_header_id", "start_of_turn", "turn")  # a role or a channel follows
_BODIES = ("message", "end_header_id")  # the text follows
_PROSE = ("", "text", "txt", "markdown", "md", "plain", "plaintext")  # languages of fences with words in them
_INLINE = re.compile(
    r"a|abbr|b|big|cite|code|del|dfn|em|emphasis|font|i|ins|kbd|mark|phoneme|prosody|q|s|say-as|small|span|strike"
    r"|strong|sub|sup|tt|u|voice|w"
)
_BLOCK = re.compile(r"article|br|div|d[dlt]|h[1-6r]|li|[ou]l|p|pre|section|table|tr")
_MARKED = re.compile(rf"[<◁\[{{&`{DIRECTION}\ufffc]|([^\w\s]|_)\1{{3}}")
_RUN = re.compile(r"([^\w\s]|_)\1{3,}")

HEADER, CHANNEL, FENCE, OBJECT = "header", "channel", "fence", "object"  # silent parts besides elements


class Spoken:
    """Leaves everything that is not spoken out of a streamed reply; the rest does not depend on how it was cut.

    With `thinking`, the text begins within thoughts that the prompt has opened; if they never end, all of it is the
    reply. `closed` is True once thoughts have ended that were not opened: the text before was no reply.
    `written` is the text so far without its thoughts, in which calls of tools can be looked for; None: it is not kept.
    """

    def __init__(self, thinking: bool = False, keeps: bool = False) -> None:
        self.closed = False
        self.written: list[str] | None = [] if keeps else None
        self._marks = Marks()
        self._inside = "think" if thinking else ""  # the silent part: an element's stem, or one of the four above
        self._begun: list[str] | None = [] if thinking else None  # the text since, which may be the reply
        self._header = ""
        self._depth, self._quoted, self._escaped = 0, False, False  # of a JSON object
        self._tail = ""  # the last characters, in which a run of one sign may have begun

    @property
    def is_silent(self) -> bool:
        """True within a part that is not spoken."""
        return bool(self._inside)

    def feed(self, text: str) -> str:
        """Return the spoken part of the next bit."""
        # Most bits are plain words: one search, as each costs time in all calls.
        if not (self._inside or self._marks.held or _MARKED.search(self._tail + text)):
            self._tail = text[-3:] if len(text) > 2 else (self._tail + text)[-3:]
            if self.written is not None:
                self.written.append(text)
            return text
        if self._begun is not None:
            self._begun.append(text)
        return self._read(text)

    def rest(self) -> str:
        """Return the spoken text that was held back, at the end of the reply."""
        begun, self._begun = self._begun, None
        if begun is None:
            return "" if not self._marks.held else self._read("", last=True)
        self._marks, self._inside = Marks(), ""
        if self.written is not None:
            self.written = []
        return self._read("".join(begun), last=True)

    def _read(self, text: str, last: bool = False) -> str:
        said = ""
        for each in self._marks.feed(text, last):
            closed, may_call = self.closed, self._may_call
            part = self._text(each) if isinstance(each, str) else self._mark(each)
            said = part if self.closed and not closed else said + part
            if self.written is not None:
                self.written = [] if self.closed and not closed else self.written
                self.written += [self._marks.source] if may_call or self._may_call else []
        return self._squeezed(without_marks_of_direction(said))

    @property
    def _may_call(self) -> bool:
        """True where a call of a tool may stand: everywhere but in thoughts."""
        if self._inside == CHANNEL:
            return "to=" in self._header
        return self._inside in ("", HEADER, FENCE, OBJECT) or bool(_CALL.search(self._inside))

    def _text(self, text: str) -> str:
        """Return the spoken part of text between two marks."""
        if self._inside == OBJECT:
            return self._after_object(text)
        if self._inside == HEADER:
            head, ended, text = text.partition("\n")
            self._header += head
            if ended and self._header.strip():
                self._inside = CHANNEL if _SILENT.search(self._header) else ""
        return "" if self._inside else text

    def _mark(self, mark: Mark) -> str:
        """Return the spoken text in the place of a mark, and take note of the part that it begins or ends."""
        match mark:
            case Brace():
                return self._brace()
            case Tag() if self._inside != OBJECT:
                return self._tag(mark)
            case Fence() if self._inside in ("", FENCE):
                opens = not self._inside and mark.language.lower() not in _PROSE
                self._inside = FENCE if opens else ""
                return "\n"
            case Entity() if not self._inside:
                return html.unescape(mark.text)
        return ""

    def _brace(self) -> str:
        if not self._inside:
            self._inside, self._depth, self._quoted, self._escaped = OBJECT, 1, False, False
        elif self._inside == OBJECT:
            self._depth += not self._quoted
        return ""

    def _after_object(self, text: str) -> str:
        """Return the text after a JSON object's last brace; its strings may have braces in them."""
        for at, sign in enumerate(text):
            escaped, self._escaped = self._escaped, sign == "\\" and not self._escaped
            if sign == '"' and not escaped:
                self._quoted = not self._quoted
            elif not self._quoted:
                self._depth += (sign == "{") - (sign == "}")
            if not self._depth:
                self._inside = ""
                return text[at + 1 :]
        return ""

    def _tag(self, tag: Tag) -> str:
        heads = tag.name in _HEADERS and (tag.is_token or tag.name == "start_of_turn") and not tag.ends
        if heads and self._inside in ("", HEADER, CHANNEL):
            self._inside, self._header = HEADER, ""
        elif self._inside == HEADER:
            if tag.name in _BODIES:
                self._inside = CHANNEL if _SILENT.search(self._header) else ""
        elif self._inside == CHANNEL:
            self._inside = "" if tag.ends or tag.is_token else CHANNEL
        elif self._inside:
            assumed = self._begun is not None and _THOUGHT.search(tag.name)
            if tag.ends and (tag.stem == self._inside or assumed):
                self._inside, self._begun = "", None
        else:
            return self._outside(tag)
        return ""

    def _outside(self, tag: Tag) -> str:
        """Return the spoken text in the place of a tag that stands in none, or begin a silent element."""
        if _SILENT.search(tag.name):
            self.closed = self.closed or (tag.ends and bool(_THOUGHT.search(tag.name)))
            self._inside = "" if tag.ends or tag.is_empty else tag.stem
            return ""
        if _BLOCK.fullmatch(tag.name):
            return "\n"
        return "" if tag.is_token or _INLINE.fullmatch(tag.name) else " "

    def _squeezed(self, text: str) -> str:
        """Return text with at most three of one sign in a row: a ruled line of any length is as good as a short one."""
        known = len(self._tail)
        whole = _RUN.sub(r"\1\1\1", self._tail + text)
        self._tail = whole[-3:]
        return whole[known:]
