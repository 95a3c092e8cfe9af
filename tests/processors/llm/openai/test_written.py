"""A question to a chat model in writing."""

from __future__ import annotations

import pytest

from pipeline.faults import ProviderError
from pipeline.settings import Secret
from pipeline.standins.openai import OpenAi
from pipeline.standins.openai.script import Fault, Script
from processors.llm.openai.settings import OpenAiSettings
from processors.llm.openai.written import writing
from tests.kit.alone import alone


def script(*faults: Fault) -> Script:
    """Return a script of the stand-in that answers at once."""
    return Script(replies=("yes",), faults=faults, first_token=0.0, tokens_per_second=1e6)


@alone
async def test_it_is_one_line_without_a_prompt() -> None:
    """With the settings of the step that a server may need, and not streamed."""
    async with OpenAi(script()) as server:
        settings = OpenAiSettings(model="m", base_url=server.url, key=Secret("k"), temperature=0.5, extra={"seed": 7})
        async with writing(settings) as ask:
            assert await ask("Well?") == "yes"
        body = server.requests[0].body
    assert body["messages"] == [{"role": "user", "content": "Well?"}] and not body.get("stream")
    assert (body["temperature"], body["seed"]) == (0.5, 7)


@alone
async def test_what_fails_is_a_provider_error() -> None:
    """Asked once: a server that is busy is not asked again here, and a wrong key is not in the words."""
    async with OpenAi(script(Fault(status=503), Fault(status=401))) as server:
        settings = OpenAiSettings(model="m", base_url=server.url, key=Secret("key-of-ours"))
        async with writing(settings) as ask:
            with pytest.raises(ProviderError, match="503"):
                await ask("Well?")
            with pytest.raises(ProviderError) as refused:
                await ask("Well?")
        assert len(server.requests) == 2 and "key-of-ours" not in str(refused.value)
