"""A chat model as all calls share it, and the facts about it that are learned from its answers.

Chat templates differ in the conversations that they accept: some want the caller's words first, the two roles in turn,
or no system line, and refuse anything else. Some servers know no tools. The first form that a model accepts is kept for
all calls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processors._shared.openai_client import ProviderFault
from processors.llm.openai.offer import Offer
from processors.llm.openai.told import Line

if TYPE_CHECKING:
    from openai import AsyncOpenAI

OPENING = "(The caller is on the line.)"  # stands for the caller's words before a greeting

_REFUSED = re.compile(
    r"\brole|alternat|template|\bsystem\b|assistant|consecutive|(?:first|last) message|non-?empty|\bempty\b|blank", re.I
)
_STATUSES = (400, 422, 500)  # of servers that could not make a prompt of the conversation
_NO_TOOLS = re.compile(r"tool|function|thought_signature", re.I)
_NO_TOOLS_STATUSES = (400, 404, 422, 500, 501)
_NO_USES = re.compile(
    r"messages?\W*\d+\W*content|\bcontent\b.{0,40}\b(?:null|none|string|str)\b", re.I
)  # of blank content
_MISREAD = re.compile(r"failed to (?:call|parse|generate)", re.I)
_OTHERS = re.compile(r"not found|does not exist", re.I)  # refusals in which a model's name may have `tool` in it


def as_it_is(lines: list[Line]) -> list[Line]:
    """Return the lines as they are."""
    return lines


def alternating(lines: list[Line]) -> list[Line]:
    """Return the lines with the system's first, then the caller's and the agent's in turn; blank ones are left out.

    Lines of uses stay where they are: templates that know them do not count them.
    """
    system = [line["content"] for line in lines if line["role"] == "system" and line["content"].strip()]
    told: list[Line] = [{"role": "system", "content": "\n\n".join(system)}] if system else []
    said = [line for line in lines if line["role"] != "system" and (is_of_use(line) or line["content"].strip())]
    if not said or said[0]["role"] != "user":
        said = [{"role": "user", "content": OPENING}, *said]
    for line in said:
        if told and told[-1]["role"] == line["role"] and not (is_of_use(line) or is_of_use(told[-1])):
            told[-1] = {**line, "content": f"{told[-1]['content']} {line['content']}"}
        else:
            told.append(line)
    return told


def is_of_use(line: Line) -> bool:
    """True for the lines of a tool's use."""
    return line["role"] == "tool" or "tool_calls" in line


def without_system(lines: list[Line]) -> list[Line]:
    """Return the lines in turn, the system's as the beginning of the caller's first."""
    first, *rest = alternating(lines)
    if first["role"] != "system":
        return [first, *rest]
    return [{**rest[0], "content": f"{first['content']}\n\n{rest[0]['content']}"}, *rest[1:]]


FORMS = {as_it_is: "as it is", alternating: "with the two roles in turn", without_system: "without a system line"}


@dataclass
class Model:
    """The client and the config's prompt, and the form of conversation that the model accepts.

    `thinks` is True if its replies begin within thoughts that its prompt has opened, `in_words` if it is told of tools
    and their uses in words.
    """

    client: AsyncOpenAI
    prompt: str
    name: str = ""
    thinks: bool = False
    in_words: bool = False
    form: int = 0  # index in FORMS

    def formed(self, lines: list[Line], offer: Offer) -> list[Line]:
        """Return a conversation in the form that the model accepts."""
        return list(FORMS)[self.form](offer.in_words(lines) if self.in_words else lines)

    def offered(self, offer: Offer) -> dict[str, Any]:
        """Return the request's parameters for the tools."""
        return {} if self.in_words else offer.parameters()

    def refused(self, lines: list[Line], offer: Offer, fault: ProviderFault) -> bool:
        """True if the fault is of the conversation's form or the tools, and there is another form, which is kept."""
        if is_too_long(fault) or is_misread(fault):  # both may be told in words of tools
            return False
        if not self.in_words and self._refuses_tools(lines, offer, fault):
            self.in_words = True
        elif fault.status not in _STATUSES or not _REFUSED.search(str(fault)) or not self._next(lines, offer):
            return False
        from loguru import logger

        logger.warning("LLM_FORM {} refused a conversation ({}): it is told {}", self.name, fault, self.told)
        return True

    def _refuses_tools(self, lines: list[Line], offer: Offer, fault: ProviderFault) -> bool:
        text, used = str(fault), any(map(is_of_use, lines))
        if fault.status not in _NO_TOOLS_STATUSES or not (offer.tools or used) or _OTHERS.search(text):
            return False
        return bool(_NO_TOOLS.search(text) or (used and _NO_USES.search(text)))

    def _next(self, lines: list[Line], offer: Offer) -> bool:
        """Take the next form in which this conversation is another one; False if there is none."""
        before = self.formed(lines, offer)
        for number in range(self.form + 1, len(FORMS)):
            self.form = number
            if self.formed(lines, offer) != before:
                return True
        if self.in_words or not any(map(is_of_use, lines)):
            return False
        self.in_words = True
        return True

    @property
    def told(self) -> str:
        """The form in words."""
        return list(FORMS.values())[self.form] + ", and of tools in words" * self.in_words


def is_too_long(fault: ProviderFault) -> bool:
    """True if the conversation has more tokens than the model takes; not every server has OpenAI's code for that."""
    return fault.code == "context_length_exceeded" or "context length" in str(fault).lower()


def is_misread(fault: ProviderFault) -> bool:
    """True if the server could not read a use that the model wrote: the model may write it better."""
    return fault.code == "tool_use_failed" or bool(_MISREAD.search(str(fault)))
