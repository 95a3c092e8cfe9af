"""Which config answers which number or address."""

from __future__ import annotations

from urllib.parse import urlencode
from xml.etree import ElementTree

from tests.kit.parrot import config
from tests.kit.peer import (
    ACCOUNT,
    BUSY,
    INCOMING,
    PUBLIC,
    SECURE,
    answer,
    metric,
    sid,
    signed,
)
from tests.kit.serving import Serve


async def test_configs_have_slots_of_their_own(serve: Serve) -> None:
    """The called number chooses the config; one that names none takes the rest."""
    one = config(name="one", numbers=("+1",), max_calls=1)
    async with serve(one, config(name="any")) as (server, session):
        assert "<Connect" in await answer(server, session, {"CallSid": sid(1), "To": "+1"})
        assert await answer(server, session, {"CallSid": sid(2), "To": "+1"}) == BUSY
        assert "<Connect" in await answer(server, session, {"CallSid": sid(3), "To": "+9"})
        assert [entry.agent.config.name for entry in server.registry.entries.values()] == ["one", "any"]


async def test_the_address_may_name_the_config(serve: Serve) -> None:
    """`?agent=` is stronger than the called number, is signed for, and stays with the call to its end."""
    hebrew = config(name="תל אביב", numbers=("+1",), language="he-IL")
    async with serve(config(name="any"), hebrew, **SECURE) as (server, session):
        query = urlencode({"agent": hebrew.name})
        form = {"CallSid": sid(), "AccountSid": ACCOUNT, "To": "+9"}
        url = f"{server.url}{INCOMING}?{query}"
        async with session.post(url, data=form, headers=signed(f"{PUBLIC}{INCOMING}", form)) as response:
            assert response.status == 403
        twiml = await answer(server, session, form, signed(f"{PUBLIC}{INCOMING}?{query}", form), query)
        entry = server.registry.entries[sid()]
        assert entry.agent.config is hebrew
        server.registry.release(entry, "no_media")
        action = ElementTree.fromstring(twiml)[0].attrib["action"]
        form = {"CallSid": sid(), "AccountSid": ACCOUNT, "To": "+9"}
        url = action.replace(PUBLIC, server.url)
        async with session.post(url, data=form, headers=signed(action, form)) as response:
            assert 'language="he-IL"' in await response.text()


async def test_an_address_that_names_no_config_is_an_error_that_twilio_shows(serve: Serve, lines: list[str]) -> None:
    """It is answered with 404, so that the number's fallback is used; said once, and no call goes to somebody else."""
    async with serve(config(name="one")) as (server, session):
        for number in (1, 2):
            url = f"{server.url}{INCOMING}?agent=tow"
            async with session.post(url, data={"CallSid": sid(number)}) as response:
                assert (response.status, await response.text()) == (404, "no agent has this name")
        assert not server.registry.entries
        assert await metric(server, session, 'kav_refused_total{reason="agent"}') == 2
    assert [line for line in lines if "NO_AGENT" in line] == [
        "NO_AGENT has the name 'tow', which a call asks for; there is: one"
    ]


async def test_a_number_that_no_config_has_is_told_of(serve: Serve, lines: list[str]) -> None:
    """The first config answers it, and the log says so; numbers are compared by their digits."""
    one, two = config(name="one", numbers=("+15551",)), config(name="two", numbers=("+15552",))
    async with serve(one, two) as (server, session):
        for number, called in enumerate(("+15559", "+15559", "+1 (555) 2")):
            await answer(server, session, {"CallSid": sid(number), "To": called})
        assert [entry.agent.config.name for entry in server.registry.entries.values()] == ["one", "one", "two"]
    assert [line for line in lines if "NO_AGENT" in line] == ["NO_AGENT has the number '+15559': one answers it"]
