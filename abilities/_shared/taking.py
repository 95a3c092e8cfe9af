"""Settings of the tools that take typed values, and the texts with places that are filled with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pipeline.arguments import Argument, Template
from pipeline.arguments.declared import all_faults, zone_fault
from pipeline.settings import doc
from pipeline.tool import OF_CALL, ToolSettings, View


class Taking(ToolSettings, frozen=True, kw_only=True):
    """The settings of a tool that takes typed values."""

    takes: Annotated[dict[str, Argument], doc("The values that it takes, by name.")] = {}
    timezone: Annotated[
        str, doc("The time zone of dates and times, e.g. Asia/Jerusalem; blank: the machine's, without an offset.")
    ] = ""

    def faults(self) -> Iterable[tuple[str, str]]:
        yield from all_faults(self.takes)
        if wrong := zone_fault(self.timezone):
            yield "timezone", wrong
        for path, text in self.templates():
            template = Template(text)
            yield from ((path, fault) for fault in template.faults())
            for name, _ in template.places:
                if name.startswith("call.") and name not in OF_CALL:
                    yield path, f"has {{{name}}}; of the call there are {', '.join(OF_CALL)}"


def values(settings: Taking, arguments: Mapping[str, Any], call: View) -> dict[str, Any]:
    """Return the values that places stand for: arguments, facts, secret entries, and those of the call.

    An argument that was left out is missing, though a fact may have its name: the model did not mean that one.
    """
    known = {**call.facts, **call.secrets}
    kept = {name: value for name, value in known.items() if name not in settings.takes}
    of_call = (call.sid, call.caller, call.called, call.language)
    return {**kept, **arguments, **dict(zip(OF_CALL, of_call, strict=True))}
