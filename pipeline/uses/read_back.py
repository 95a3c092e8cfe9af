"""The read-back of an effect: its arguments are said to the caller, who has to agree before it begins."""

from __future__ import annotations

from pipeline.arguments import Template
from pipeline.text import phrase
from pipeline.text.farewells import is_refusal
from pipeline.text.normalise import is_end_of, normalise
from pipeline.uses.request import Refusal, Request


class ReadBack:
    """The read-back under way in a call: one effect with its arguments; other arguments begin anew.

    A request for it is let through once its text was heard to its end and the caller has spoken since. A plain no
    refuses it, however often the model asks, until the caller says something else.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._of = ("", "")  # the tool's name and the arguments
        self._text = ""
        self._heard = self._answered = self._refused = False
        self.unsaid = ""  # the text to be said next; blank: none

    def check(self, request: Request) -> None:
        """Let a request pass that the caller has agreed to; raises Refusal for any other."""
        template, what = request.tool.settings.confirm, (request.tool.name, request.arguments)
        if not template or not request.tool.is_effect:
            return
        if what == self._of and self._refused:
            raise Refusal("the caller said no to it: ask them what they want instead")
        if what == self._of and self._answered:
            self._of = ("", "")
            return
        filled = Template(template).fill(request.values, self._language).strip()
        self._of, self._text = what, f"{filled} {phrase('confirm', self._language)}"
        self._heard = self._answered = self._refused = False
        self.unsaid = self._text
        raise Refusal("it is read back to the caller first. If they agree, use it again with the same arguments")

    def is_agreed(self, name: str) -> bool:
        """True if the caller has answered the read-back of this tool, and has not said no."""
        return self._of[0] == name and self._answered and not self._refused

    def take(self) -> str:
        """Return the text that is to be said, once."""
        text, self.unsaid = self.unsaid, ""
        return text

    def heard(self, words: str) -> None:
        """Note the words of a reply that the caller has heard."""
        if self._text and self._of[0]:
            said = normalise(words)
            self._heard = self._heard or normalise(self._text) in said or is_end_of(words, self._text)

    def words(self, text: str) -> None:
        """Note the caller's words: those after the read-back are their answer."""
        if not self._heard:
            return
        if is_refusal(text, self._language):
            self._refused = True
        elif self._refused:
            self._of, self._heard, self._refused = ("", ""), False, False
        else:
            self._answered = True
