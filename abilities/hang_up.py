"""Ends the call, once the caller has heard the goodbye to its end."""

from __future__ import annotations

from typing import Annotated, Any

from pipeline.frames import Hangup
from pipeline.settings import doc
from pipeline.text.fixed import example
from pipeline.tool import Result, Tool, ToolSettings, View
from pipeline.vocabulary import Cause

ABOUT = "Ends the call. Use it when the caller has said goodbye or wants nothing more, with your goodbye as text."


class HangUpSettings(ToolSettings, frozen=True, kw_only=True):
    """The settings of `hang_up`."""

    about: Annotated[str, doc("When to use it, told to the model.")] = ABOUT
    say: Annotated[list[str], doc("The goodbye of a model that says none; default: by language.")] = []


class HangUp(Tool):
    """Ends the call with a goodbye: the text in the model's answer, or `say`.

    The caller's words withdraw it, unless they take leave; the third goodbye of a call stands, whatever they say. It is
    refused while a result is not told, or the caller speaks.
    """

    Settings = HangUpSettings
    ends = True

    @classmethod
    def phrases(cls, settings: Any, language: str) -> tuple[str, ...]:
        return tuple(settings.say) or (example(language).farewell,)

    def sentences(self, language: str) -> list[str]:
        return self.settings.say or [example(language).farewell]

    async def use(self, arguments: dict[str, Any], call: View) -> Result:
        return self.rehearse(arguments)

    def rehearse(self, arguments: dict[str, Any]) -> Result:
        return Result({"state": "the call ends after your goodbye"}, last=True, then=Hangup(Cause.GOODBYE))
