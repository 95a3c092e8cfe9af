"""Reload without dropping a call: each ends on the config that it began with, and a faulty one is never used."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import load, load_all
from pipeline.faults import KavError
from pipeline.server.app import running
from tests.kit.outside import launched
from tests.kit.peer import Peer, call, metric, sid
from tests.kit.reloading import ECHO, Live, put
from tests.kit.serving import Serve

NEVER = 3600.0  # seconds between looks: tests look themselves


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until something is so."""
    while not condition():  # noqa: ASYNC110 - there is nothing that would set an event
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """No module of a file outlives its test."""
    yield
    for name in [name for name in sys.modules if name.startswith("plugin_")]:
        del sys.modules[name]


@pytest.fixture
def live(serve: Serve, tmp_path: Path) -> Callable[..., object]:
    """A server of configs with these names, and their called numbers."""

    @asynccontextmanager
    async def started(**numbers: str) -> AsyncIterator[Live]:
        put(tmp_path / "echo.py", ECHO)
        names = numbers or {"one": ""}
        for name, called in names.items():
            Live.write(Live(tmp_path, None, None), name=name, numbers=called)
        loaders = [partial(load, tmp_path / f"{name}.yaml") for name in names]
        async with serve(*load_all(loaders), loaders=loaders, reload=NEVER) as (server, session):
            yield Live(tmp_path, server, session)

    return started


@pytest.mark.fault("A11")
async def test_a_changed_config_serves_the_next_call(live: Any, lines: Any) -> None:
    """The call in progress goes on with what it began with, and only then is that closed."""
    async with live() as it:
        old = it.hash
        async with call(it.server, it.session, sid(1)) as first:
            it.write(number=1)
            await it.look()
            new = it.hash
            async with call(it.server, it.session, sid(2)) as second:
                await first.talks(2)
                await second.say("stop")
                await second.closed()
            assert f"RELOADED one {new}, was {old} with 1 calls left" in lines
            assert f"CLOSED one {old}" not in lines
            assert await metric(it.server, it.session, f'kav_config_info{{hash="{new}",name="one"}}') == 1
            await first.talks(3)
            await first.say("stop")
            await first.closed()
        await until(lambda: f"CLOSED one {old}" in lines)
        for which in (old, new):
            assert await metric(it.server, it.session, f'kav_config_calls_total{{hash="{which}",name="one"}}') == 1
    assert old != new
    assert (it.record(1), it.record(2)) == (old, new)


@pytest.mark.fault("A11")
async def test_twenty_calls_over_good_bad_and_good_again(live: Any) -> None:
    """Calls that begin at each stage live side by side, each on its own version, and none is dropped."""
    async with live() as it:
        hashes = [it.hash]
        async with AsyncExitStack() as stack:
            peers: list[Peer] = []

            async def begin() -> None:
                for _ in range(5):
                    peers.append(await stack.enter_async_context(call(it.server, it.session, sid(len(peers)))))

            await begin()
            for text in (1, "bad", 2):
                if text == "bad":
                    put(it.folder / "one.yaml", "pipeline: [")
                else:
                    it.write(number=text)
                await it.look()
                hashes.append(it.hash)
                await begin()
            for peer in peers:
                await peer.talks(2)
                await peer.say("stop")
                assert await peer.closed() == 1000
        assert await it.failed() == 1
        await until(lambda: not it.server.registry.entries)
    assert len(set(hashes)) == 3 and hashes[1] == hashes[2]
    assert [it.record(number) for number in range(20)] == [which for which in hashes for _ in range(5)]


@pytest.mark.fault("A11")
async def test_a_faulty_config_is_told_of_once(live: Any, lines: Any) -> None:
    """With its faults as `check` shows them; the last good one goes on, until the fault is gone."""
    async with live() as it:
        good = it.hash
        text = (it.folder / "one.yaml").read_text()
        put(it.folder / "one.yaml", text.replace("number:", "nubmer:"))
        await it.look(5)
        assert lines == [
            f"RELOAD_FAILED one {good} goes on",
            f"{it.folder / 'one.yaml'}:7:12: `echo` has no setting `nubmer`",
            "    - echo: {nubmer: 0}",
            "             ^^^^^^",
            "  did you mean `number`?",
        ]
        assert (it.hash, await it.failed()) == (good, 1)
        async with call(it.server, it.session):
            pass
        put(it.folder / "one.yaml", text.replace("number:", "nubmer:"))  # saved again, as it is
        await it.look()
        assert await it.failed() == 2
        put(it.folder / "one.yaml", text.replace("number: 0", "number: 9"))
        await it.look()
        assert it.hash != good


async def test_a_file_that_is_being_written_is_left_alone(live: Any, lines: Any) -> None:
    """What changes from one look to the next is not read yet."""
    async with live() as it:
        good, text = it.hash, (it.folder / "one.yaml").read_text()
        for length in (10, 60, 120):
            put(it.folder / "one.yaml", text[:length])
            await it.look(1)
        put(it.folder / "one.yaml", text.replace("number: 0", "number: 1"))
        await it.look(1)
        assert it.hash == good
        await it.look(1)
        assert it.hash != good
    assert not [line for line in lines if "RELOAD_FAILED" in line]


async def test_whatever_a_config_is_made_of_counts(live: Any) -> None:
    """What it extends, the files of its settings, its own processors; not a file that is touched."""
    async with live() as it:
        put(it.folder / "note.txt", "one")
        (it.folder / "one.yaml").rename(it.folder / "low.yaml")
        put(it.folder / "one.yaml", "extends: low.yaml\nname: one\nset: {echo.text: note.txt}\n")
        await it.look()
        hashes = [it.hash]
        low = (it.folder / "low.yaml").read_text()
        for name, text in (
            ("low.yaml", low.replace("number: 0", "number: 1")),
            ("note.txt", "two"),
            ("echo.py", ECHO + "\n"),
        ):
            put(it.folder / name, text)
            await it.look()
            hashes.append(it.hash)
        agent = it.server.board.agents[0]
        put(it.folder / "low.yaml", (it.folder / "low.yaml").read_text() + "# a comment\n")
        await it.look()
        assert it.server.board.agents[0] is agent
        assert len(set(hashes)) == 4 and await it.failed() == 0


@pytest.mark.parametrize("name", ["one.yaml", "echo.py", "low.yaml"])
async def test_a_link_that_comes_to_lead_elsewhere_is_a_change(live: Any, name: str) -> None:
    """As mounted configuration is changed, and releases are."""
    async with live() as it:
        if name == "low.yaml":
            (it.folder / "one.yaml").rename(it.folder / name)
            put(it.folder / "one.yaml", f"extends: {name}\n")
        text = (it.folder / name).read_text()
        for folder, content in (("old", text), ("new", text.replace("number: 0", "number: 1") + "\n")):
            (it.folder / folder).mkdir()
            (it.folder / folder / name).write_text(content)
        (it.folder / name).unlink()
        (it.folder / name).symlink_to(Path("old") / name)
        await it.look()
        before = it.hash
        (it.folder / "link").symlink_to(Path("new") / name)
        (it.folder / "link").replace(it.folder / name)
        await it.look()
        assert it.hash != before and await it.failed() == 0


@pytest.mark.parametrize("name", ["one.yaml", "echo.py"])
async def test_a_file_that_is_gone_is_a_fault_until_it_is_back(live: Any, name: str) -> None:
    """The agent goes on without it."""
    async with live() as it:
        agent, text = it.server.board.agents[0], (it.folder / name).read_text()
        (it.folder / name).unlink()
        await it.look()
        assert await it.failed() == 1
        async with call(it.server, it.session):
            pass
        put(it.folder / name, text)
        await it.look()
        assert it.server.board.agents[0] is agent and await it.failed() == 1
        put(it.folder / name, text.replace("number: 0", "number: 3") + "\n")
        await it.look()
        assert it.server.board.agents[0] is not agent


@pytest.mark.fault("A11")
async def test_configs_that_come_to_clash_stay_as_they_were(live: Any, lines: Any) -> None:
    """Even if each is clean; once they do not, both changes are taken."""
    async with live(one='"+15551"', two='"+15552"') as it:
        before = it.server.board.agents
        it.write(name="one", numbers='"+15551", "+15552"')
        await it.look()
        assert it.server.board.agents == before and await it.failed() == 1
        assert lines[0] == "RELOAD_FAILED all configs go on as they were"
        assert "`two` answers this number, and so does `one`, at " in lines[1]
        it.write(name="two", numbers='"+15553"')
        await it.look()
        assert it.server.board.agent_for("+15552").config.name == "one"
        assert it.server.board.agent_for("+15553").config.name == "two"
        assert await it.failed() == 1


async def test_one_faulty_config_does_not_keep_another_back(live: Any) -> None:
    """The good one is taken, the faulty one stays as it was and is not told of again."""
    async with live(one='"+15551"', two='"+15552"') as it:
        first, second = it.server.board.agents
        put(it.folder / "one.yaml", "nonsense")
        await it.look()
        it.write(name="two", numbers='"+15552"', number=5)
        await it.look()
        assert it.server.board.agents[0] is first and it.server.board.agents[1] is not second
        assert await it.failed() == 1


async def test_a_config_that_cannot_be_opened_is_not_used(live: Any, lines: Any) -> None:
    """Whatever a step raises as it opens, the last good one goes on."""
    async with live() as it:
        agent = it.server.board.agents[0]
        it.write(number=-1)
        await it.look(4)
        assert it.server.board.agents[0] is agent and await it.failed() == 1
        assert [line for line in lines if "CLOSED" not in line][1:] == [
            f"RELOAD_FAILED one {it.hash} goes on",
            f"{it.folder / 'one.yaml'}: a step cannot be opened: LookupError: nobody is there",
        ]


async def test_a_start_that_fails_is_one_sentence(tmp_path: Path) -> None:
    """Whatever a processor of one's own raises; and the server does not start."""
    put(tmp_path / "echo.py", ECHO)
    Live.write(Live(tmp_path, None, None), number=-1)
    with pytest.raises(KavError, match=r"one\.yaml: a step cannot be opened: LookupError: nobody is there"):
        async with running([load(tmp_path / "one.yaml")]):
            pass


async def test_an_asked_for_reload_is_at_once(live: Any, lines: Any) -> None:
    """Without waiting for the next look; and if there is nothing to do, it says so."""
    async with live() as it:
        good = it.hash
        it.server.reload()
        await until(lambda: "RELOAD nothing has changed" in lines)
        it.write(number=1)
        it.server.reload()
        await until(lambda: it.hash != good)


async def test_a_server_that_may_not_reload_says_so(serve: Serve, lines: Any) -> None:
    """When it is asked to."""
    async with serve() as (server, _):
        server.reload()
    assert "RELOAD is off: the configs stay as they are until a restart" in lines


async def test_what_takes_long_to_import_holds_up_no_call(live: Any) -> None:
    """It is imported by a thread, before `share`; what is not there is left to the processor to tell of."""
    async with live() as it:
        put(it.folder / "slow_to_import.py", "import threading\nBY = threading.current_thread()\n")
        code = ECHO.replace("    holds", '    imports = ("slow_to_import", "not_there_at_all")\n    holds')
        put(
            it.folder / "echo.py",
            code.replace("class Echo", f"import sys\nsys.path.append({str(it.folder)!r})\nclass Echo"),
        )
        good = it.hash
        try:
            await it.look()
            assert it.hash != good
            assert sys.modules["slow_to_import"].BY is not threading.main_thread()
        finally:
            sys.path.remove(str(it.folder))
            sys.modules.pop("slow_to_import", None)


async def test_a_reload_that_was_asked_for_tells_its_outcome(live: Any) -> None:
    """For each config: used, as it was, or not and why; two that contradict each other are told both."""
    async with live(one="'+97231111111'", two="'+97232222222'") as it:
        reloader, old = it.server.reloader, it.hash
        it.write(number=1, numbers="'+97231111111'")
        one, two = await reloader.ask()
        assert (one.used, one.text) == (True, f"one {it.hash} answers the next call") and it.hash != old
        assert two.used and "nothing has changed" in two.text
        put(it.folder / "one.yaml", "pipeline: [")
        first, second = await asyncio.gather(reloader.ask(), reloader.ask())
        assert first == second and not first[0].used and "one.yaml:1:11:" in first[0].text and first[1].used
        it.write(number=1, numbers="'+97232222222'")
        assert [(each.used, "answers this number" in each.text) for each in await reloader.ask()] == [(False, True)] * 2


async def test_a_reload_that_never_comes_is_answered(live: Any) -> None:
    """A server that stops answers those that asked meanwhile with nothing."""
    async with live() as it:
        asked = it.server.reloader.ask()
    assert await asked == ()


@pytest.mark.fault("A11")
async def test_a_step_that_hangs_as_it_opens_is_not_waited_for(live: Any, lines: Any) -> None:
    """After `open_timeout` the last good config goes on, the log names the step's place, and later reloads work."""
    async with live() as it:
        good = it.hash
        it.write(number=1, hangs="task", limit="0.1s")
        (outcome,) = await it.server.reloader.ask()
        assert not outcome.used and it.hash == good and await it.failed() == 1
        assert f"RELOAD_FAILED one {good} goes on" in lines
        assert f"{it.folder / 'one.yaml'}:7:5: echo: is not open after 0.1 s (`server.open_timeout`)" in lines
        it.write(number=2)
        (outcome,) = await it.server.reloader.ask()
        assert outcome.used and it.hash != good


async def test_a_file_that_hangs_as_it_is_read_is_not_waited_for(live: Any, lines: Any) -> None:
    """As the code of a plug-in may, in which no time limit stops it."""
    go_on = threading.Event()
    sys.modules["go_on"] = go_on  # type: ignore[assignment]
    async with live() as it:
        try:
            it.write(limit="0.1s")
            await it.look()
            good = it.hash
            put(it.folder / "echo.py", "import go_on\ngo_on.wait()\n" + ECHO)
            (outcome,) = await it.server.reloader.ask()
            assert not outcome.used and it.hash == good and "are not read after 0.1 s" in outcome.text
        finally:
            go_on.set()
            del sys.modules["go_on"]


def hanging(folder: Path, hangs: str = "") -> Path:
    """A config whose step hangs as it opens."""
    put(folder / "echo.py", ECHO)
    Live.write(Live(folder, None, None), number=len(hangs), hangs=hangs, limit="0.2s")
    return folder / "one.yaml"


async def test_a_start_whose_step_hangs_ends_with_its_place(tmp_path: Path) -> None:
    """Also if it hangs in a thread, for which Python would wait for ever."""
    path = hanging(tmp_path, "thread")
    async with launched("run.py", "serve", str(path), "--port", "0", "--admin", "off") as server:
        assert await server.process.wait() == 1
    assert any(f"{path}:7:5: echo: is not open after 0.2 s" in line for line in server.lines), server.lines


@pytest.mark.fault("A11")
async def test_a_step_that_swallows_its_cancellation_stops_no_reload(tmp_path: Path) -> None:
    """It is left behind; the next reload is used, and the server stops when it is told to."""
    path = hanging(tmp_path)
    async with launched("run.py", "serve", str(path), "--port", "0", "--admin", "off") as server:
        await server.says("READY")
        hanging(tmp_path, "stubborn")
        server.process.send_signal(signal.SIGHUP)
        await server.says(r"one\.yaml:7:5: echo: is not open after 0\.2 s")
        Live.write(Live(tmp_path, None, None), number=1)
        server.process.send_signal(signal.SIGHUP)
        await server.says("RELOADED one")
        server.process.terminate()
        assert await server.process.wait() == 0
