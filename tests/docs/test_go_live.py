"""docs/go-live.md: its server, its test call, its log and its record, by the files that the page has."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.kit.outside import Outside, launched
from tests.kit.pages import Block, Command, blocks, desk, do, read, steps

PAGE = read("docs/go-live.md")
START, REFUSED, CALL = blocks(PAGE, "log")
PASSED, UNREACHED, FORBIDDEN, LISTED = re.findall(
    r"^```\n((?:[1-4 ]|NO GO|when|\d{4}-).*?)^```$", PAGE, re.MULTILINE | re.DOTALL
)
GO = "python run.py go http://127.0.0.1:{port} --public-url https://agent.example.com --greeting yes --step 3"
VARIES = ((r"\b(CA|MZ)[0-9a-f]+", r"\1"), (r"\+?[\d.:,-]*\d", "0"), (r"[ \t]+", " "))


def alike(text: str) -> list[str]:
    """Return a text's lines without numbers, times and names that differ from run to run."""
    for pattern, instead in VARIES:
        text = re.sub(pattern, instead, text)
    return [line.strip() for line in text.splitlines() if line.strip()]


@pytest.fixture
def followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the page's files."""
    monkeypatch.delenv("KAV_ENV_FILE", raising=False)
    desk(tmp_path)
    for step in steps(PAGE):
        if isinstance(step, Block):
            do(step, tmp_path)
    return tmp_path


def shown(folder: Path, command: str) -> list[str]:
    """Return the lines that a command prints, without the one about the variables' file."""
    *others, last = alike(do(Command(command, ""), folder))
    assert last == ".env: 0 variables read"
    return others


async def served(server: Outside) -> str:
    """Wait until the server listens, and return its port."""
    return (await server.says(r"LISTENING on 0\.0\.0\.0:(\d+)"))[1]


def test_what_the_page_shows_is_so(followed: Path) -> None:
    """The lines of the start, of the test call on both sides, of a wrong token, and of the record."""

    async def scene() -> None:
        arguments = ("run.py", "serve", "agent.yaml", "--port", "0", "--admin", "127.0.0.1:0")
        async with launched(*arguments, cwd=followed) as server:
            go = GO.format(port=await served(server))
            assert alike("".join(server.lines)) == [".env: 0 variables read", *alike(START)]
            passed = await asyncio.to_thread(shown, followed, go)
            assert passed[0] in alike(PASSED) and passed[1] == "GO"
            await server.says("CALL_ENDED")
            assert alike("".join(server.lines[4:])) == alike(CALL)
            assert await asyncio.to_thread(shown, followed, f"{go} --token {'a' * 32}") == alike(FORBIDDEN)
            assert alike((await server.says("(.*REFUSED.*)"))[1]) == alike(REFUSED)
            # On a busy machine a record's last lines come a moment later, and the end of this block kills the server.
            while "under way" in "".join(await asyncio.to_thread(shown, followed, "python run.py calls")):
                pass
        assert shown(followed, GO.format(port=go.split(":")[2].split()[0])) == alike(UNREACHED)
        assert shown(followed, "python run.py calls") == alike(LISTED)

    asyncio.run(asyncio.wait_for(scene(), 90))
