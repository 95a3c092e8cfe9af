"""The models that are asked after calls."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from pipeline.after.models import Models, Unanswered
from pipeline.config.after_settings import AfterSettings, Summary
from pipeline.settings import Secret
from pipeline.standins.openai import OpenAi
from pipeline.standins.openai.script import Script
from processors.llm.openai.settings import OpenAiSettings
from tests.kit.outboxes import config, ended

AFTER = AfterSettings(model="llm.openai", summary=Summary())
QUICK = {"first_token": 0.0, "tokens_per_second": 1e6}


async def test_a_changed_config_has_a_client_of_its_own(tmp_path: Path) -> None:
    """An unchanged one keeps its connection."""
    models = Models()
    async with OpenAi(Script(replies=('{"summary": "x"}',), **QUICK)) as server:  # type: ignore[arg-type]
        model = OpenAiSettings(model="m", base_url=server.url, key=Secret("k"))
        served = config(AFTER, tmp_path, model)
        for each in (served, served, msgspec.structs.replace(served, hash="1" * 12)):
            assert (await models.analyse(each, ended()))["summary"] == "x"
        await models.close()
        first, second, third = (asked.peer for asked in server.requests)
    assert first == second != third


@pytest.mark.parametrize("settings", [None, OpenAiSettings(model="m", base_url="http://127.0.0.1:9/v1")])
async def test_a_model_that_cannot_be_asked(tmp_path: Path, settings: OpenAiSettings | None) -> None:
    """A config without the step, and a server that is not there, are reasons in words."""
    models = Models()
    with pytest.raises(Unanswered, match=r"no step `llm.openai`|no connection to http://127.0.0.1:9/v1"):
        await models.analyse(config(AFTER, tmp_path, settings), ended())
    await models.close()
