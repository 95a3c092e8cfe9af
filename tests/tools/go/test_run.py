"""`go` passes an agent that works, and says of each that does not what is wrong and what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.config import Config
from pipeline.faults import UsageError
from pipeline.server.app import running
from pipeline.server.options import Options
from pipeline.tools.go.options import GoOptions
from pipeline.tools.go.run import go, judge
from pipeline.tools.go.verdict import Verdict
from tests.kit.going import ANSWERS, FAST, test, troubles

TOKEN = "a" * 32


def test_an_agent_that_works_passes(agent: Callable[..., Config], lines: Any) -> None:
    """All four steps, with their figures, and nothing left unjudged where the agent runs here."""
    config = agent(["a", "b", "c"], ANSWERS, {**FAST, "greeting.text": "Good morning."})
    verdicts = test(config, lines=lines)
    assert [verdict.state for verdict in verdicts] == ["pass"] * 4, troubles(verdicts)
    assert verdicts[0].figures["sentences"] == 2 and verdicts[0].figures["answers"] == 1
    figures: list[Any] = [verdict.figures for verdict in verdicts]
    assert figures[1]["clear_ms"] > 0 and figures[2]["greeting_after_ms"] >= 800
    assert verdicts[3].figures["replies"] == 3


def test_what_cannot_be_heard_is_not_passed(agent: Callable[..., Config], lines: Any) -> None:
    """From outside, signed as Twilio signs: nobody knows its sentences, nor whether it is to greet."""
    config = agent(["a"], ANSWERS, FAST)
    verdicts = test(config, 1, 3, lines=lines, outside=True, token=TOKEN)
    assert [verdict.state for verdict in verdicts] == ["unjudged"] * 2, troubles(verdicts)


def test_a_deployment_that_wants_a_signature_says_so(agent: Callable[..., Config], lines: Any) -> None:
    """Without the token the call is refused, and the words say which variable has it."""

    async def main() -> list[Verdict]:
        async with running([agent()], Options(port=0, auth_token=TOKEN)) as server:
            return await judge(GoOptions(target=server.url, wavs=lines), None, server.url, None)

    (verdict,) = asyncio.run(main())
    assert verdict.state == "fail" and "TWILIO_AUTH_TOKEN" in verdict.troubles[0].do


def test_an_agent_elsewhere_has_its_own_config() -> None:
    """`--set` and `--stand-ins` would change nothing there."""
    with pytest.raises(UsageError, match="has its own"):
        asyncio.run(go(GoOptions(target="http://127.0.0.1:9", stand_ins=True)))


async def _public(
    agent: Callable[..., Config], lines: Any, public_url: str, base: str = "https://agent.example.com/kav", **here: Any
) -> list[Verdict]:
    """The first step's verdict on a server that has this base URL, called from its own machine."""
    options = Options(port=0, auth_token=TOKEN, public_base_url=base)
    async with running([agent(["a"], ANSWERS, FAST)], options) as server:
        asked = {"token": TOKEN, "target": server.url, **here}
        asked["target"] = asked["target"].replace("SERVER", server.url)
        chosen = GoOptions(wavs=lines, steps=(1,), patience=5.0, public_url=public_url, **asked)
        return await judge(chosen, None, chosen.target, None)


@pytest.mark.parametrize(
    ("public_url", "target"),
    [
        ("https://agent.example.com/kav", "SERVER"),
        ("https://agent.example.com:443/kav/", "SERVER/"),
        ("https://agent.example.com/kav/webhook/incoming_call", "SERVER/webhook/incoming_call"),
        ("https://agent.example.com/kav", "SERVER/webhook/incoming_call?agent=agent"),
        ("https://agent.example.com/kav?agent=agent", "SERVER"),
    ],
)
def test_a_deployment_is_called_from_its_own_machine(
    agent: Callable[..., Config], lines: Any, public_url: str, target: str
) -> None:
    """Signed for the public address, with its prefix, and dialled at the local one, the stream too."""
    (verdict,) = asyncio.run(_public(agent, lines, public_url, target=target))
    assert verdict.state == "unjudged", troubles([verdict])


@pytest.mark.parametrize(
    ("public_url", "here", "wrong", "do"),
    [
        ("https://other.example.com", {}, "answered 403", "PUBLIC_BASE_URL"),
        ("https://agent.example.com/kav", {"token": "b" * 32}, "answered 403", "TWILIO_AUTH_TOKEN"),
        ("https://agent.example.com", {}, "answered 403", "PUBLIC_BASE_URL"),
    ],
)
def test_each_setting_of_a_deployment_that_is_wrong_is_named(
    agent: Callable[..., Config], lines: Any, public_url: str, here: dict[str, str], wrong: str, do: str
) -> None:
    """Another address, another token, a prefix that is missing."""
    (verdict,) = asyncio.run(_public(agent, lines, public_url, **here))
    (trouble,) = verdict.troubles
    assert wrong in trouble.what and do in trouble.do


@pytest.mark.parametrize(
    ("public_url", "target"),
    [
        ("https://agent.example.com/kav", "SERVER?agent=other"),
        ("https://agent.example.com/kav", "SERVER/?agent=other"),
        ("https://agent.example.com/kav?agent=other", "SERVER"),
        ("https://agent.example.com/kav/webhook/incoming_call?agent=other", "SERVER?agent=other"),
    ],
)
def test_an_agent_that_is_asked_for_is_the_one_that_is_called(
    agent: Callable[..., Config], lines: Any, public_url: str, target: str
) -> None:
    """A name in the query of either address reaches the server, which does not know this one."""
    (verdict,) = asyncio.run(_public(agent, lines, public_url, target=target))
    assert verdict.state == "fail" and "?agent=other answered 404" in verdict.troubles[0].what


def test_an_agent_is_asked_for_without_a_public_url(agent: Callable[..., Config], lines: Any) -> None:
    """The base URL with a query gets the webhook's path and keeps it."""

    async def main() -> list[Verdict]:
        async with running([agent()], Options(port=0)) as server:
            return await judge(GoOptions(target=server.url, wavs=lines), None, f"{server.url}?agent=other", None)

    (verdict,) = asyncio.run(main())
    assert "?agent=other answered 404" in verdict.troubles[0].what


def test_a_port_without_tls_is_told(agent: Callable[..., Config], lines: Any) -> None:
    """`https://` to the server's own port: it answers, and the scheme is wrong."""

    async def main() -> list[Verdict]:
        async with running([agent()], Options(port=0)) as server:
            url = server.url.replace("http", "https")
            return await judge(GoOptions(target=url, wavs=lines), None, url, None)

    (verdict,) = asyncio.run(main())
    assert "say http:// instead of https://" in verdict.troubles[0].do


def test_a_stream_elsewhere_is_not_dialled(agent: Callable[..., Config], lines: Any) -> None:
    """A server without a token whose TwiML names another host: Twilio would go there, and the test does not."""

    async def main() -> list[Verdict]:
        options = Options(port=0, public_base_url="https://old.example.com")
        async with running([agent()], options) as server:
            chosen = GoOptions(target=server.url, wavs=lines, steps=(1,), public_url="https://new.example.com")
            return await judge(chosen, None, server.url, None)

    (verdict,) = asyncio.run(main())
    (trouble,) = verdict.troubles
    assert (
        "wss://old.example.com/ws/twilio-media" in trouble.what and "not below https://new.example.com" in trouble.what
    )
    assert "PUBLIC_BASE_URL has to be" in trouble.do


@pytest.mark.parametrize(
    ("target", "public_url", "words"),
    [
        ("http://127.0.0.1:9", "agent.example.com", "--public-url 'agent.example.com' is not an https address"),
        ("http://127.0.0.1:9", "http://agent.example.com", "--public-url 'http://agent.example.com' is not https"),
        ("configs/bench.yaml", "https://agent.example.com", "for an agent that runs already"),
        ("http://127.0.0.1:9?agent=a", "https://agent.example.com?agent=b", "leave one of them out"),
        ("127.0.0.1:9", "https://agent.example.com", "an address begins with its scheme: http://127.0.0.1:9"),
    ],
)
def test_a_public_url_that_cannot_be_used_is_refused(target: str, public_url: str, words: str) -> None:
    """Before any call, with the option's name."""
    with pytest.raises(UsageError, match=words):
        asyncio.run(go(GoOptions(target=target, public_url=public_url)))


def test_the_account_of_the_environment_is_used(
    agent: Callable[..., Config], lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that checks the account takes the call of its own machine."""
    account = "AC" + "c" * 32

    async def main() -> list[Verdict]:
        async with running([agent(["a"], ANSWERS, FAST)], Options(port=0, account_sid=account)) as server:
            return await judge(GoOptions(target=server.url, wavs=lines, steps=(1,)), None, server.url, None)

    (verdict,) = asyncio.run(main())
    assert verdict.state == "fail" and "TWILIO_ACCOUNT_SID" in verdict.troubles[0].do
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", account)
    (verdict,) = asyncio.run(main())
    assert verdict.state == "unjudged", troubles([verdict])
