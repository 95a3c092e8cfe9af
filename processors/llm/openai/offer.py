"""The tools that a question offers to a chat model: as parameters of the request, or told in words.

Servers that know no tools refuse the parameter or the lines of uses. They get them as text, in the form that most open
models are trained on, and the uses are read from the text of the reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pipeline.tool import Tool
from processors.llm.openai.told import Line

TOLD = """\
You can use these tools:
{tools}
To use one, write nothing but <tool_call>{{"name": "its name", "arguments": {{…}}}}</tool_call>.
You are then told the result; never make one up."""


class Offer:
    """The tools of a question. `words_only`: they are known to the model, which may not ask for them now."""

    def __init__(self, tools: Sequence[Tool] = (), words_only: bool = False) -> None:
        self.tools = tuple(tools)
        self.names = () if words_only else tuple(tool.name for tool in tools)
        self.words_only = words_only

    def parameters(self) -> dict[str, Any]:
        """Return the request's parameters for the tools; none without tools."""
        if not self.tools:
            return {}
        described = [{"type": "function", "function": _described(tool)} for tool in self.tools]
        return {"tools": described, **({"tool_choice": "none"} if self.words_only else {})}

    def in_words(self, lines: list[Line]) -> list[Line]:
        """Return a conversation with its uses as text, and the tools told in the prompt unless `words_only`."""
        told = [_in_words(line) for line in lines]
        if not self.names:
            return told
        tools = "\n".join(msgspec.json.encode(_described(tool)).decode() for tool in self.tools)
        prompt = {"role": "system", "content": TOLD.format(tools=tools)}
        if told and told[0]["role"] == "system":
            return [{**prompt, "content": f"{told[0]['content']}\n\n{prompt['content']}"}, *told[1:]]
        return [prompt, *told]


NONE = Offer()


def _described(tool: Tool) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.about, "parameters": tool.arguments.schema()}


def _in_words(line: Line) -> Line:
    if line["role"] == "tool":
        return {"role": "user", "content": f"<tool_response>{line['content']}</tool_response>"}
    if asked := line.get("tool_calls"):
        function = asked[0]["function"]
        text = f'{{"name": "{function["name"]}", "arguments": {function["arguments"]}}}'
        return {"role": "assistant", "content": f"<tool_call>{text}</tool_call>"}
    return line
