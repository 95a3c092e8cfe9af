"""A server delivers what its outboxes hold, and has their figures on the page of metrics."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tests.kit import parrot
from tests.kit.outboxes import put
from tests.kit.peer import metric, sid
from tests.kit.receiver import receiver
from tests.kit.serving import Serve


async def test_what_an_earlier_server_left_is_delivered(serve: Serve, tmp_path: Path) -> None:
    """At the start; one that was given up is counted, and stays."""
    put(tmp_path, 1)
    put(tmp_path / "dead", 2)
    async with receiver() as inbox:
        inbox.answers = [503]
        after = inbox.after(folder=str(tmp_path))
        async with serve(parrot.config(after=after), acts=True) as (server, session):
            await inbox.until(lambda: bool(inbox.ids))
            assert server.board.delivery is not None
            await server.board.delivery.once()
            assert await metric(server, session, "kav_outbox_pending") == 1
            assert await metric(server, session, "kav_outbox_dead") == 1
            assert await metric(server, session, "kav_outbox_oldest_seconds") > 0
        assert inbox.ids == [f"evt_{sid()}_call.ended"]


async def test_a_server_without_receivers_has_no_backlog(serve: Serve) -> None:
    """The figures are there, at zero: an alert on them needs no config."""
    async with serve(msgspec.structs.replace(parrot.config()), acts=True) as (server, session):
        assert await metric(server, session, "kav_outbox_pending") == 0
        async with session.get(f"{server.admin_url}/metrics") as page:
            assert "kav_outbox_dead 0.0" in await page.text()
