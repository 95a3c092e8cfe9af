"""The values that places of a tool's texts stand for."""

from __future__ import annotations

from abilities._shared.taking import Taking, values
from pipeline.arguments import Argument
from tests.kit.alone import alone
from tests.kit.peer import sid
from tests.kit.tooling import view


@alone
async def test_places_stand_for_arguments_facts_secrets_and_the_call() -> None:
    """An argument goes before a fact of its name, also if it was left out: the model did not mean that one."""
    settings = Taking(takes={"city": Argument(), "rooms": Argument(optional=True)})
    known = view(facts={"city": "Acre", "rooms": 3, "id": 7}, secrets={"pin": "1234"})
    assert values(settings, {"city": "Haifa"}, known) == {
        "city": "Haifa",
        "id": 7,
        "pin": "1234",
        "call.sid": sid(),
        "call.caller": "+972521234567",
        "call.called": "+972771234567",
        "call.language": "en-US",
    }


def test_faults_have_their_places() -> None:
    """Those of values, of the zone, and of texts with places."""
    settings = Taking(takes={"x": Argument(like="(")}, timezone="Nowhere", confirm="{x|mony} {call.color}")
    assert [path for path, _ in settings.faults()] == ["takes.x.like", "timezone", "confirm", "confirm"]
    assert not list(Taking(takes={"x": Argument()}, timezone="Asia/Jerusalem", confirm="{x}? {call.caller}").faults())
