"""`graph`: the chain with what really travels on it, as Mermaid text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.catalog import spec
from pipeline.config import Config, load
from pipeline.frames import Control
from pipeline.testing import play, voice
from pipeline.tools.graph.chart import chart, mermaid
from tests.kit.chain import around

ROOT = Path(__file__).parents[3]
ENV = {"LLM_MODEL": "some-model", "OPENAI_API_KEY": "sk-secret"}
CONFIGS = sorted(path for path in (ROOT / "configs").glob("*.yaml") if not path.stem.endswith(".test"))
EDGE = re.compile(r'    (\w+) (-->|-\.->|---)\|"([\w<>]+)"\| (\w+)')
NODE = re.compile(r'    (\w+)(?:\["(.*)"\]|\(\["(.*)"\]\))')

Load = Callable[..., Config]


def test_the_chain_of_the_benchmark() -> None:
    """Every step with what is set of it, every link with its frames, every way back."""
    golden = Path(__file__).with_name("bench.mmd").read_text(encoding="utf-8")
    assert mermaid(chart(load(ROOT / "configs/bench.yaml"))) == golden


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_each_node_and_edge_stands_once(path: Path) -> None:
    """Every line is one, edges join nodes that there are, and each step is linked to the next."""
    config = load(path, env=ENV)
    first, *lines = mermaid(chart(config)).splitlines()
    nodes = [found[1] for line in lines if (found := NODE.fullmatch(line))]
    edges = [found for line in lines if (found := EDGE.fullmatch(line))]
    assert first == "flowchart TD" and len(nodes) + len(edges) == len(lines)
    assert len(set(nodes)) == len(nodes) and {end for edge in edges for end in edge.group(1, 4)} == set(nodes)
    assert len({edge.group(1, 4) for edge in edges}) == len(edges)
    steps = [f"s{at}" for at in range(1, len(config.steps) + 1)]
    assert [edge.group(1, 4) for edge in edges if edge[2] == "-->"] == list(itertools.pairwise(steps))


def test_a_secret_is_not_drawn(config: Load) -> None:
    """Nor a folder of this machine, nor anything that Mermaid would act on."""
    text = mermaid(chart(load(ROOT / "configs/maximus_he.yaml", env=ENV)))
    assert "key: •••" in text and "sk-secret" not in text
    assert "prompt: maximus_he.md" in text and str(ROOT) not in text
    wild = config(around("asr.script", "asr.script: {say: ['\"]|<b> #1 & `x`']}"))
    (shown,) = [line for line in mermaid(chart(wild)).splitlines() if "asr.script" in line]
    assert NODE.fullmatch(shown) and not set('"<>&`') & set(shown[8:-2].replace("<br>", ""))


def test_controls_go_from_who_raises_them_to_who_hears_them() -> None:
    """The pacer's to the steps above it, a goodbye of the rules to the line."""
    drawn = chart(load(ROOT / "configs/demo.yaml", env={}))
    words = [node.word for node in drawn.nodes]
    backs = {(words[back.raiser], words[back.hearer]): back.controls for back in drawn.backs}
    assert backs["llm.rules", "twilio_serializer"] == ("Hangup",)
    assert backs["pacer", "twilio_serializer"] == ("Clear",)
    assert backs["pacer", "end_of_utterance"] == ("Interrupt", "ReplyHeld", "AgentSpeaking")
    assert backs["asr.pocketsphinx", "end_of_utterance"] == ("WordsHeld",)
    assert all(back.hearer < back.raiser for back in drawn.backs)


def test_what_is_drawn_is_what_travels(agent: Load) -> None:
    """Everything that the steps of a played call give and raise, an interruption among it, is on the chart."""
    config = agent(said=["A reply that is long enough to be interrupted."])
    call = play(config, [(1.0, voice(0.6, 300)), (3.2, voice(0.6, 400))], 8.0)
    drawn, seen = chart(config), set()
    for _, what, it in call.events:
        at = [number for number, step in enumerate(config.steps) if step.kind.__name__ == it.get("step")]
        if not at or "frame" not in it:
            continue
        seen.add(what)
        if isinstance(it["frame"], Control):
            assert any(back.raiser in at and what in back.controls for back in drawn.backs), what
        elif any(type(it["frame"]) in spec.takes(step.kind) for step in config.steps[at[-1] + 1 :]):
            assert any(what in drawn.links[number].gives for number in at), what
    assert {"Interrupt", "Clear", "Transcript", "ReplyText", "Mark"} <= seen


def test_fallbacks_hang_off_their_step() -> None:
    """Those of a fallback, too, in the order in which they are asked."""
    swap = "tts: {tts.tone: {fallback: [{tts.espeak: {fallback: [tts.tone]}}]}}"
    drawn = chart(load(ROOT / "configs/bench.yaml", swap=swap))
    assert {node.word: node.spares for node in drawn.nodes}["tts.tone"] == ("tts.espeak", "tts.tone")
    assert '    s9 ---|"fallback"| s9f1\n    s9f1 ---|"fallback"| s9f2\n' in mermaid(drawn)
