"""A chain as data: every step and frame of the drawn graph, with the breakers of an agent that is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.agent import Agent
from pipeline.config import load
from pipeline.console.chains import breakers, chain
from pipeline.tools.graph.chart import chart
from tests.kit.alone import alone
from tests.kit.chain import chain as whole
from tests.kit.consoles import visiting

ROOT = Path(__file__).parents[2]
ENV = {"LLM_MODEL": "some-model", "OPENAI_API_KEY": "sk-secret-of-mine"}
CONFIGS = sorted(path for path in (ROOT / "configs").glob("*.yaml") if "." not in path.stem)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_it_is_the_chain_of_the_graph(path: Path) -> None:
    """The same links and ways back, each frame once; places are those of the events; no secret is in it."""
    config = load(path, env=ENV)
    told, drawn = chain(config), chart(config)
    assert [(it["place"], it["word"]) for it in told["steps"]] == list(enumerate(it.word for it in drawn.nodes))
    down = {(it["from"], it["to"], it["name"], it["passes"]) for it in told["frames"] if not it["up"]}
    assert down == {
        (at, at + 1, name, passes)
        for at, link in enumerate(drawn.links)
        for names, passes in ((link.gives, False), (link.passes, True))
        for name in names
    }
    up = {(it["from"], it["to"], it["name"]) for it in told["frames"] if it["up"]}
    assert up == {(back.raiser, back.hearer, name) for back in drawn.backs for name in back.controls}
    assert len(told["frames"]) == len(down) + len(up)
    assert "sk-secret" not in str(told)


def test_a_step_has_all_its_settings() -> None:
    """More than the picture of `graph` has room for, each with its name."""
    step = chain(load(ROOT / "configs/maximus_he.yaml", env=ENV))["steps"]
    (llm,) = [it for it in step if it["word"] == "llm.openai"]
    assert llm["settings"]["key"] == "•••" and llm["settings"]["model"] == "some-model" and llm["line"]
    assert llm["class"] == "OpenAiDialogue" and "Transcript" in llm["takes"] and "ReplyText" in llm["gives"]


@alone
async def test_breakers_are_those_of_their_steps(tmp_path: Path) -> None:
    """A step with fallbacks has its own breaker, not a fallback's; one that never waits has none."""
    path = tmp_path / "a.yaml"
    spare = "asr.script: {say: [hello], fallback: [{asr.script: {say: [spare]}}]}"
    path.write_text(whole(asr=spare), encoding="utf-8")
    async with Agent.open(load(path)) as agent:
        own, other, *_ = agent.breakers
        other.give_up()
        assert breakers(agent)[3] == "closed" and breakers(agent)[1] is None
        own.give_up()
        assert breakers(agent)[3:6] == ["open", "closed", "closed"]
    assert chain(agent.config, breakers(agent))["steps"][3]["fallback"] == ["asr.script"]
    assert breakers(Agent(agent.config, (), ())) == [None] * 8  # as the parent of worker processes has it


@alone
async def test_the_chain_of_an_agent_is_asked_by_its_name(tmp_path: Path) -> None:
    """An unknown name is refused with a sentence; what is shown of one is short."""
    path = tmp_path / "a.yaml"
    path.write_text("name: 'agent / one'\n" + whole(), encoding="utf-8")
    async with visiting(path) as visitor:
        told = await visitor.get("/api/chains/agent%20%2F%20one")
        assert told["agent"] == "agent / one" and told["file"] == str(path)
        assert [it["breaker"] for it in told["steps"]][3] == "closed"
        status, answer = await visitor.ask("GET", "/api/chains/" + "x" * 200)
        assert status == 404 and len(answer["error"]) < 100
