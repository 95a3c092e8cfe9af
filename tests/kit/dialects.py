"""Streams in which chat models ask for tools, in the shapes that servers are documented or reported to send.

Each is the list of a body's events, and the uses in it: names and arguments.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Wanted = list[tuple[str, dict[str, Any]]]

OFFERED = ("find_listings", "book", "book_viewing")
HAIFA = {"city": "חיפה", "note": 'a "}{" b\\'}
ACRE = {"city": "Acre"}
FIND: Wanted = [("find_listings", HAIFA)]
TWO: Wanted = [("find_listings", HAIFA), ("book", ACRE)]
TWICE: Wanted = [("find_listings", HAIFA), ("find_listings", ACRE)]


@dataclass(frozen=True)
class Dialect:
    """A server's stream: the `choices` of its chunks, or whole events; `done` is its end."""

    events: list[Any]
    wanted: Wanted
    done: bool = True

    def body(self) -> bytes:
        """Return it as it is on the line."""
        return b"".join(self._lines())

    def _lines(self) -> Iterator[bytes]:
        for event in self.events:
            told = event if isinstance(event, dict) and "choices" in event else {"choices": [event]}
            yield f"data: {json.dumps(told, ensure_ascii=False)}\n\n".encode()
        if self.done:
            yield b"data: [DONE]\n\n"


def text(arguments: dict[str, Any]) -> str:
    """Arguments as a model writes them."""
    return json.dumps(arguments, ensure_ascii=False)


def cut(arguments: dict[str, Any], size: int = 4) -> list[str]:
    """Arguments in pieces."""
    whole = text(arguments)
    return [whole[at : at + size] for at in range(0, len(whole), size)]


def delta(*uses: dict[str, Any], finish: str | None = None, **fields: Any) -> dict[str, Any]:
    """A choice of a chunk with deltas of uses."""
    told = {"tool_calls": list(uses)} if uses else {}
    return {"index": 0, "delta": {**fields, **told}, "finish_reason": finish}


def use(name: str | None = None, arguments: Any = None, **fields: Any) -> dict[str, Any]:
    """One delta of a use."""
    function = {"name": name} if name is not None else {}
    return {**fields, "function": {**function, **({"arguments": arguments} if arguments is not None else {})}}


def said(content: Any, finish: str | None = None) -> dict[str, Any]:
    """A choice of a chunk with text."""
    return {"index": 0, "delta": {"content": content}, "finish_reason": finish}


def ends(finish: str = "tool_calls") -> dict[str, Any]:
    """The choice of the last chunk."""
    return {"index": 0, "delta": {}, "finish_reason": finish}


USAGE: dict[str, Any] = {"choices": [], "usage": {"prompt_tokens": 80, "completion_tokens": 20}}
FILTER: dict[str, Any] = {"choices": [], "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}

STREAMED: dict[str, Dialect] = {
    "OpenAI: id and name in the first delta, arguments in pieces": Dialect(
        [
            delta(use("find_listings", "", index=0, id="call_a", type="function"), role="assistant", content=None),
            *(delta(use(None, piece, index=0)) for piece in cut(HAIFA)),
            delta(use("book", "", index=1, id="call_b", type="function")),
            *(delta(use(None, piece, index=1)) for piece in cut(ACRE)),
            ends(),
            USAGE,
        ],
        TWO,
    ),
    "Azure: results of its filter before, and a filter in each choice": Dialect(
        [
            FILTER,
            delta(use("find_listings", "", index=0, id="call_a", type="function"), role="assistant", content=None),
            *({**delta(use(None, piece, index=0)), "content_filter_results": {}} for piece in cut(HAIFA, 9)),
            ends(),
        ],
        FIND,
    ),
    "OpenAI: the pieces of two uses by turns": Dialect(
        [
            delta(use("find_listings", "", index=0, id="call_a"), use("book", "", index=1, id="call_b")),
            *(
                delta(*(use(None, part, index=at) for at, part in enumerate(parts) if part))
                for parts in zip(cut(HAIFA, 12), [*cut(ACRE, 6), "", "", "", ""], strict=False)
            ),
            ends(),
        ],
        TWO,
    ),
    "Ollama: whole, no index": Dialect(
        [
            delta(use("find_listings", text(HAIFA), id="call_1", type="function"), role="assistant", content=""),
            delta(use("book", text(ACRE), id="call_2", type="function"), role="assistant", content=""),
            delta(role="assistant", content="", finish="stop"),
        ],
        TWO,
    ),
    "Ollama: whole, the same index for all": Dialect(
        [
            delta(use("find_listings", text(HAIFA), index=0, id="call_1"), use("find_listings", text(ACRE), index=0)),
            ends(),
        ],
        TWICE,
    ),
    "Ollama: arguments as an object": Dialect(
        [delta(use("find_listings", HAIFA)), delta(use("find_listings", ACRE)), ends("stop")], TWICE
    ),
    "vLLM: blank ids after the first, the same index": Dialect(
        [
            delta(use("find_listings", "", index=0, id="chatcmpl-tool-a", type="function")),
            *(delta(use(None, piece, index=0, id="")) for piece in cut(HAIFA)),
            delta(use("find_listings", "", index=0, id="chatcmpl-tool-b", type="function")),
            *(delta(use(None, piece, index=0, id="")) for piece in cut(ACRE)),
            ends("stop"),
        ],
        TWICE,
    ),
    "vLLM: id, type and name in each delta": Dialect(
        [
            *(delta(use("find_listings", piece, index=0, id="a", type="function")) for piece in ("", *cut(HAIFA))),
            delta(use("find_listings", "", index=0, id="a", type="function")),
            ends(),
        ],
        FIND,
    ),
    "vLLM: another id in each delta": Dialect(
        [*(delta(use("book", piece, index=0, id=f"id{at}")) for at, piece in enumerate(cut(ACRE))), ends()],
        [("book", ACRE)],
    ),
    "SGLang: the same id in each delta of a use, one index, no name but in the first": Dialect(
        [
            delta(use("find_listings", "", index=0, id="0")),
            *(delta(use(None, piece, index=0, id="0")) for piece in cut(HAIFA)),
            delta(use("book", "", index=0, id="1")),
            *(delta(use(None, piece, index=0, id="1")) for piece in cut(ACRE)),
            ends(),
        ],
        TWO,
    ),
    "Gemini: no index, a signature, `stop`": Dialect(
        [
            delta(
                use("find_listings", text(HAIFA), id="", type="function", extra_content={"google": {"signature": "x"}}),
                role="assistant",
            ),
            delta({"extra_content": {"google": {"thought_signature": "x"}}}),
            ends("stop"),
        ],
        FIND,
    ),
    "Gemini: arguments in pieces, no index": Dialect(
        [
            delta(use("find_listings", "", id="function-call-1")),
            *(delta(use(None, piece, id="", type="")) for piece in cut(HAIFA)),
            ends("stop"),
        ],
        FIND,
    ),
    "a gateway to Gemini: the second's arguments under the first's index, blank names": Dialect(
        [
            delta(use("find_listings", "", index=0, id="toolu_1")),
            delta(use("", text(HAIFA), index=0)),
            delta(use("", text(ACRE), index=0)),
            ends(),
        ],
        TWICE,
    ),
    "llama.cpp: a token a delta": Dialect(
        [
            delta(use("find_listings", "{", index=0, id="x", type="function"), role="assistant", content=None),
            *(delta(use(None, piece, index=0)) for piece in cut(HAIFA, 1)[1:]),
            ends(),
            USAGE,
        ],
        FIND,
    ),
    "llama.cpp, older: the id within the function, the name in each delta": Dialect(
        [
            *(
                delta({"index": 0, "function": {"id": "x", "name": "find_listings", "arguments": piece}})
                for piece in cut(HAIFA)
            ),
            ends(),
        ],
        FIND,
    ),
    "Mistral: whole, with the finish reason; content in parts": Dialect(
        [
            said([{"type": "text", "text": "One moment."}]),
            delta(
                use("find_listings", text(HAIFA), id="D681PevKs", index=0),
                use("book", text(ACRE), id="K542PevKa", index=1),
                content="",
                finish="tool_calls",
            ),
        ],
        TWO,
    ),
    "Groq: thoughts in a field, whole": Dialect(
        [
            delta(role="assistant", content=None, reasoning="they want flats"),
            delta(use("find_listings", text(HAIFA), id="call_x", type="function", index=0)),
            ends(),
        ],
        FIND,
    ),
    "DeepSeek: thoughts in the text before": Dialect(
        [
            said('<think>{"name": "book", "arguments": {}} perhaps</think>'),
            delta(use("find_listings", text(HAIFA), index=0, id="call_0")),
            ends(),
        ],
        FIND,
    ),
    "a finish reason with every chunk": Dialect(
        [
            delta(use("find_listings", "", index=0, id="call_a"), finish="stop"),
            *(delta(use(None, piece, index=0), finish="stop") for piece in cut(HAIFA)),
        ],
        FIND,
    ),
    "the name in pieces": Dialect(
        [
            delta(use("book", "", index=0, id="call_a")),
            delta(use("_view", "", index=0)),
            delta(use("ing", "", index=0)),
            *(delta(use(None, piece, index=0)) for piece in cut(ACRE)),
            ends(),
        ],
        [("book_viewing", ACRE)],
    ),
    "a blank name first": Dialect(
        [
            delta(use("", "", index=0, id="call_a")),
            delta(use("book", text(ACRE), index=0, id="call_a")),
            ends(),
        ],
        [("book", ACRE)],
    ),
    "names and arguments run together": Dialect(
        [delta(use("find_listingsbook", text(HAIFA) + text(ACRE), index=0, id="call_a")), ends()], TWO
    ),
    "a name with its package and number": Dialect(
        [
            delta(use("functions.find_listings:0", text(HAIFA), index=0, id="functions.find_listings:0")),
            delta(use("book<|channel|>commentary", text(ACRE), index=1)),
            ends(),
        ],
        TWO,
    ),
    "the whole said once more at the end": Dialect(
        [
            delta(use("book", "", index=0, id="call_a")),
            delta(use(None, text(ACRE), index=0)),
            delta(use("book", text(ACRE), index=0, id="call_a")),
            ends(),
        ],
        [("book", ACRE)],
    ),
    "arguments as JSON within a JSON text": Dialect(
        [delta(use("book", json.dumps(text(ACRE)), index=0)), ends()], [("book", ACRE)]
    ),
    "the end of a mark left behind the arguments": Dialect(
        [delta(use("book", text(ACRE) + "\n</tool_call>", index=0)), delta(use(None, "</s>", index=0)), ends()],
        [("book", ACRE)],
    ),
    "no arguments": Dialect(
        [delta(use("book", "", index=0, id="a")), delta(use("find_listings", "{}", index=1, id="b")), ends()],
        [("book", {}), ("find_listings", {})],
    ),
    "functions: before there were tools": Dialect(
        [
            {"delta": {"function_call": {"name": "find_listings", "arguments": ""}}, "finish_reason": None},
            *({"delta": {"function_call": {"arguments": piece}}, "finish_reason": None} for piece in cut(HAIFA)),
            ends("function_call"),
        ],
        FIND,
    ),
    "no streaming": Dialect(
        [
            {
                "message": {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [use("find_listings", text(HAIFA), id="a"), use("book", text(ACRE), id="b")],
                },
                "finish_reason": "tool_calls",
            }
        ],
        TWO,
        done=False,
    ),
    "parts of the content": Dialect(
        [said([{"type": "text", "text": "Yes."}, {"type": "tool_use", "name": "book", "input": ACRE}]), ends()],
        [("book", ACRE)],
    ),
}


def in_text(*parts: str) -> Dialect:
    """A stream of text."""
    return Dialect([*(said(part) for part in parts), ends("stop")], [("book", ACRE)])


NAMED = '{"name": "book", "arguments": {"city": "Acre"}}'
WRITTEN: dict[str, Dialect] = {
    "Hermes and Qwen": in_text("<tool_call>\n", NAMED, "\n</tool_call>"),
    "fenced JSON": in_text("```json\n", NAMED, "\n```"),
    "bare JSON": in_text(NAMED),
    "bare JSON, Llama's names": in_text('{"type": "function", "name": "book", "parameters": {"city": "Acre"}}'),
    "the name as `tool`": in_text('{"tool": "book", "input": {"city": "Acre"}}'),
    "OpenAI's own form": in_text('{"tool_calls": [{"function": ' + NAMED + "}]}"),
    "arguments as text": in_text('[{"name": "book", "arguments": "{\\"city\\": \\"Acre\\"}"}]'),
    "a call with an object": in_text('functions.book({"city": "Acre"})'),
    "a call as in Python": in_text("functions.book(", 'city="Ac', 're")'),
    "Gemma's code": in_text("```tool_code\n", "print(default_api.book(city='Acre'))", "\n```"),
    "Mistral": in_text("[TOOL_CALLS]", "[" + NAMED + "]"),
    "Mistral, newer": in_text('[TOOL_CALLS]book{"city": "Acre"}'),
    "Mistral, with marked arguments": in_text('[TOOL_CALLS]book[ARGS]{"city": "Acre"}'),
    "Llama": in_text('<function=book>{"city": "Acre"}</function>'),
    "Llama's tag": in_text('<|python_tag|>{"name": "book", "parameters": {"city": "Acre"}}'),
    "Qwen's coder": in_text(
        "<tool_call>\n<function=book>\n<parameter=city>\nAcre\n</parameter>\n</function>\n</tool_call>"
    ),
    "Claude's": in_text('<function_calls><invoke name="book"><parameter name="city">Acre</parameter></invoke>'),
    "GLM": in_text("<tool_call>book\n<arg_key>city</arg_key>\n<arg_value>Acre</arg_value>\n</tool_call>"),
    "Kimi": in_text(
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.book:0<|tool_call_argument_begin|>",
        '{"city": "Acre"}<|tool_call_end|><|tool_calls_section_end|>',
    ),
    "DeepSeek": in_text(
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>book\n```json\n",
        '{"city": "Acre"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    ),
    "gpt-oss": in_text('<|channel|>commentary to=functions.book<|constrain|>json<|message|>{"city": "Acre"}<|call|>'),
    "behind thoughts with another": in_text(
        '<think>I might {"name": "find_listings", "arguments": {}}</think>', f"<tool_call>{NAMED}</tool_call>"
    ),
}
