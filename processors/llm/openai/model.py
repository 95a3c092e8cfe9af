"""A chat model as all calls share it, and the facts about it that are learned from its answers.

Chat templates differ in the conversations that they accept: some want the caller's words first, the two roles in turn,
or no system line, and refuse anything else. The first form that a model accepts is kept for all calls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processors._shared.openai_client import ProviderFault

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Line = dict[str, str]  # role and content

OPENING = "(The caller is on the line.)"  # stands for the caller's words before a greeting

_REFUSED = re.compile(
    r"\brole|alternat|template|\bsystem\b|assistant|consecutive|(?:first|last) message|non-?empty|\bempty\b|blank", re.I
)
_STATUSES = (400, 422, 500)  # of servers that could not make a prompt of the conversation


def as_it_is(lines: list[Line]) -> list[Line]:
    """Return the lines as they are."""
    return lines


def alternating(lines: list[Line]) -> list[Line]:
    """Return the lines with the system's first, then the caller's and the agent's in turn; blank ones are left out."""
    system = [line["content"] for line in lines if line["role"] == "system" and line["content"].strip()]
    told: list[Line] = [{"role": "system", "content": "\n\n".join(system)}] if system else []
    said = [line for line in lines if line["role"] != "system" and line["content"].strip()]
    if not said or said[0]["role"] != "user":
        said = [{"role": "user", "content": OPENING}, *said]
    for line in said:
        if told and told[-1]["role"] == line["role"]:
            told[-1] = {**line, "content": f"{told[-1]['content']} {line['content']}"}
        else:
            told.append(line)
    return told


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

    `thinks` is True if its replies begin within thoughts that its prompt has opened.
    """

    client: AsyncOpenAI
    prompt: str
    name: str = ""
    thinks: bool = False
    form: int = 0  # index in FORMS

    def formed(self, lines: list[Line]) -> list[Line]:
        """Return a conversation in the form that the model accepts."""
        return list(FORMS)[self.form](lines)

    def refused(self, lines: list[Line], fault: ProviderFault) -> bool:
        """True if the fault is of the conversation's form, and there is another one to try, which is kept."""
        if fault.status not in _STATUSES or not _REFUSED.search(str(fault)):
            return False
        before = self.formed(lines)
        for number in range(self.form + 1, len(FORMS)):
            self.form = number
            if self.formed(lines) != before:
                from loguru import logger

                logger.warning("LLM_FORM {} refused a conversation ({}): it is told {}", self.name, fault, self.told)
                return True
        return False

    @property
    def told(self) -> str:
        """The form in words."""
        return list(FORMS.values())[self.form]
