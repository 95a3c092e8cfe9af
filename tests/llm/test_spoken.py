"""The spoken part of a model's text: no thoughts, no calls of tools, no tags, however the text is cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.llm.spoken import Spoken
from pipeline.text import sentences
from pipeline.text.sentences import speakable

THOUGHTS = [
    "<think>a caller</think>",
    "<think>\n\n</think>\n\n",
    "<think>one </thin k> two</think>",
    "<thinking>it costs < 5 > 3</thinking>",
    "<thinking><reflection>one</reflection>two</thinking>",
    "<reasoning>x</reasoning>",
    "<thought>x</thought>",
    "<seed:think>x</seed:think>",
    "[THINK]x[/THINK]",
    "◁think▷x◁/think▷",
    "<|begin_of_thought|>x<|end_of_thought|>",
    "<|START_THINKING|>x<|END_THINKING|>",
    "<unused94>thought\nx<unused95>",
    "<|channel>thought\nx<channel|>",
    "<|channel|>analysis<|message|>x<|end|><|start|>assistant<|channel|>final<|message|>",
    "<!-- a caller -->",
    "<scratchpad>x</scratchpad>",
]
TOOLS = [
    '<tool_call>\n{"name": "book", "arguments": {"day": "Sunday"}}\n</tool_call>',
    '<function=book>{"day": "Sunday"}</function>',
    '<function_calls><invoke name="book"><parameter name="day">Sunday</parameter></invoke></function_calls>',
    '{"name": "book", "arguments": {"day": "}\\"{ Sunday"}}',
    '```json\n{"name": "book"}\n```',
    "```tool_code\nbook(day='Sunday')\n```",
    "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>book<｜tool▁sep｜>Sunday<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    '<|tool_calls_section_begin|><|tool_call_begin|>book:0<|tool_call_argument_begin|>{"a": 1}<|tool_call_end|>'
    "<|tool_calls_section_end|>",
    "<|channel|>commentary to=functions.book<|constrain|>json<|message|>{}<|call|>",
]
TAGGED = {
    "<b>We open</b> at nine": "We open at nine",
    "Of course!<br>We open": "Of course!\nWe open",
    'One.<break time="500ms"/>Two': "One. Two",
    "<p>One</p><p>Two</p>": "\nOne\n\nTwo\n",
    "<speak>One <emphasis level='strong'>two</emphasis></speak>": " One two ",
    "nine &amp; five &#39;o clock&nbsp;sharp&hellip;": "nine & five 'o clock\xa0sharp…",
    "AT&T and R & D; x < 5, y > 3": "AT&T and R & D; x < 5, y > 3",
    "<https://a.example/x> or <me@a.example>": "https://a.example/x or me@a.example",
    "</s>One<|im_end|>": "One",
    "<|im_start|>assistant\nOne<|im_end|>\n<|im_start|>user\nTwo": "One\n",
    "<|start_header_id|>assistant<|end_header_id|>\n\nOne<|eot_id|>": "\n\nOne",
    "One" + "-" * 48 + "Two" + "_" * 48: "One---Two___",
    "[One] {two} [ONE]": "[One] {two} [ONE]",
    "\u200fשלום.\u200e \u2067כן\u2069": "שלום. כן",
    "<think>and it never ends": "",
    "<thin ice": "",
    "": "",
}
CUTS = st.lists(st.integers(0, 200), max_size=8)


def spoken(text: str, cuts: list[int], thinking: bool = False) -> tuple[str, Spoken]:
    """The spoken part of a text that comes in pieces."""
    reader, at = Spoken(thinking), [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    return "".join(reader.feed(text[begin:end]) for begin, end in pairwise(at)) + reader.rest(), reader


@given(st.sampled_from(THOUGHTS + TOOLS), CUTS, st.sampled_from(["", "Well. "]))
def test_thoughts_and_calls_of_tools_wherever_they_stand(silent: str, cuts: list[int], before: str) -> None:
    """The words before and behind them are left."""
    said, reader = spoken(f"{before}{silent}We open.", cuts)
    assert said.split() == f"{before}We open.".split() and not reader.closed and not reader.is_silent


@given(st.sampled_from(sorted(TAGGED)), CUTS)
def test_tags_and_entities(text: str, cuts: list[int]) -> None:
    """A block begins a line, a mark within a line leaves no trace, an entity is its character."""
    assert spoken(text, cuts)[0] == TAGGED[text]


@given(CUTS)
def test_thoughts_that_the_prompt_has_opened(cuts: list[int]) -> None:
    """Their end alone is in the text: known beforehand, nothing of them is returned; else it is found out."""
    text = "The hours. Brief.\n</think>\n\nWe open."
    assert spoken(text, cuts, thinking=True)[0].strip() == "We open."
    said, reader = spoken(text, cuts)
    assert said.endswith("\n\nWe open.") and reader.closed
    assert spoken("We open.", cuts, thinking=True)[0] == "We open."


@given(st.text(), CUTS)
@example("<", [])
@example("&#1114112;", [])
@example('{"', [])
@example("``", [1])
def test_any_text(text: str, cuts: list[int]) -> None:
    """The result does not depend on the cuts, and text without any sign of markup is left as it is."""
    whole = spoken(text, [])
    assert spoken(text, cuts)[0] == whole[0] or whole[1].closed
    if text.isalnum():
        assert whole[0] == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("*smiles warmly* We open. (pauses) [laughs] Which day?", "We open. Which day?"),
        ("You *must* come. *Important*: bring it. *really* good.", "You must come. Important: bring it. really good."),
        ("It is there (on the second floor), (in short) yes.", "It is there (on the second floor), (in short) yes."),
        ("Prices:\n" + "-" * 48 + "\nSmall: 400.", "Prices: Small: 400."),
        ("Prices: ═════ 400, \\*net\\*. See 【4†source】it.", "Prices: 400, net. See it."),
        ("| a | b |\n|---|:-:|\n| 4 | 5 |", "a b 4 5"),
        ("פתוחים מתשע.\u200f מתי?\u200f", "פתוחים מתשע. מתי?"),
    ],
)
def test_stage_directions_and_ruled_lines(text: str, said: str) -> None:
    """Directions of their own are left out, brackets within a sentence are not."""
    assert " ".join(filter(None, map(speakable, sentences(text)))) == said
