"""`demo`, once its call is over: how to go on."""

from __future__ import annotations

from types import SimpleNamespace

from pipeline.text.fixed import example
from pipeline.tools.demo.demo import invitation

HERE = SimpleNamespace(
    url="http://127.0.0.1:8080", admin_url="http://127.0.0.1:9090", console_url="http://127.0.0.1:8081/#k=x"
)


def test_own_words_are_proposed_in_the_agents_language() -> None:
    """With stand-ins none are, as those hear the words of the demo whatever is said."""
    told = invitation(HERE, "kav:demo_he", example("he-IL").question)
    assert f'python run.py call http://127.0.0.1:8080 --say "{example("he-IL").question}"' in told
    assert "--say" not in invitation(HERE, "kav:openai", "")
