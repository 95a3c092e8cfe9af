"""A tool: one thing that an agent can do besides talk, and the whole interface that a tool's author needs.

    class Weather(Tool):
        "Tells the weather of a city."

        class Settings(ToolSettings, frozen=True, kw_only=True):
            url: Annotated[str, doc("Address of the service.")]

        settings: Settings

        async def use(self, arguments: dict[str, Any], call: View) -> Result:
            return Result({"sky": "clear"})

The YAML words of tools are the modules of `abilities`, as those of steps are the modules of `processors`.
"""

from pipeline.settings import doc
from pipeline.tool.interface import Tool
from pipeline.tool.outcome import Result, ToolFailed, ToolRefused, ToolUnknown
from pipeline.tool.settings import OF_CALL, SLOW, ToolSettings, tool
from pipeline.tool.view import View

__all__ = [
    "OF_CALL",
    "SLOW",
    "Result",
    "Tool",
    "ToolFailed",
    "ToolRefused",
    "ToolSettings",
    "ToolUnknown",
    "View",
    "doc",
    "tool",
]
