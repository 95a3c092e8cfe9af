"""The config page's requests: a text is checked as if it stood in its file, and saved only if nothing is lost by it."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from pipeline.config.yaml.tree import MAX_BYTES
from tests.kit.alone import alone
from tests.kit.chain import chain
from tests.kit.consoles import Visitor, visiting
from tests.kit.reloading import CONFIG, ECHO

CLEAN = chain()
KEY = "sk-1234567890abcdefghij"


def file(folder: Path, text: str = CLEAN, name: str = "one") -> Path:
    """A config in a folder."""
    path = folder / f"{name}.yaml"
    path.write_bytes(text.encode())
    return path


async def save(visitor: Visitor, text: str, name: str = "one", **changed: str) -> tuple[int, Any]:
    """Save a text over the file as it is opened now."""
    opened = await visitor.get(f"/api/configs/{name}")
    return await visitor.ask("PUT", f"/api/configs/{name}", {"text": text, "hash": opened["hash"], **changed})


async def check(visitor: Visitor, text: str, name: str = "one") -> Any:
    """The answer to a text that is being typed."""
    status, answer = await visitor.ask("POST", f"/api/configs/{name}/check", {"text": text})
    assert status == 200, answer
    return answer


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """The log, as it is written."""
    written: list[str] = []
    number = logger.add(lambda message: written.append(message.record["message"]), level="INFO")
    yield written
    logger.remove(number)


@alone
async def test_a_text_is_saved_and_answers_the_next_call(tmp_path: Path, lines: list[str]) -> None:
    """A clean text is in the file, the reload's outcome is told, and the log says which session did it."""
    path = file(tmp_path)
    async with visiting(path, editing=True) as visitor:
        opened = await visitor.get("/api/configs/one")
        before = visitor.server.board.agents[0].config.hash
        text = CLEAN.replace("Good morning.", "Good evening.")
        status, answer = await save(visitor, text)
        after = visitor.server.board.agents[0].config.hash
        assert (status, path.read_text(encoding="utf-8")) == (200, text)
        assert answer["used"] and answer["reload"] == f"one {after} answers the next call" and after != before
        assert (await visitor.get("/api/configs/one"))["hash"] == answer["hash"] != opened["hash"]
        (line,) = [line for line in lines if line.startswith("CONFIG_SAVED")]
        assert f"one {path} {opened['hash'][:12]} → {answer['hash'][:12]}, by " in line
        (cookie,) = visitor.http.cookie_jar
        assert cookie.value not in line and len(line.rpartition(" by ")[2]) == 8


@pytest.mark.parametrize(("method", "path"), [("POST", "/check"), ("PUT", "")])
@alone
async def test_nothing_is_edited_unless_asked_for(tmp_path: Path, method: str, path: str) -> None:
    """Without `--console-edit` no text is taken, and the file can be read, its secrets masked."""
    text = chain(llm=f"llm.openai: {{model: m, key: {KEY}, prompt_text: hi}}").replace(
        "prompt_text: hi", "prompt: p.md"
    )
    (tmp_path / "p.md").write_text("Hello.", encoding="utf-8")
    file(tmp_path, text)
    async with visiting(tmp_path / "one.yaml") as visitor:
        opened = await visitor.get("/api/configs/one")
        body = {"text": CLEAN, "hash": opened["hash"]}
        status, answer = await visitor.ask(method, f"/api/configs/one{path}", body)
        assert status == 403 and "--console-edit" in answer["advice"]
        assert not opened["editable"] and "--console-edit" in opened["advice"]
        assert KEY not in str(opened) and "key: •••" in opened["text"]
        assert opened["chain"]["steps"][4]["settings"]["key"] == "•••"
        assert not (await visitor.get("/api/configs"))["editing"]
    assert (tmp_path / "one.yaml").read_text(encoding="utf-8") == text


@alone
async def test_a_text_is_checked_where_its_file_stands(tmp_path: Path) -> None:
    """All faults at once, with what it extends, its prompts and plug-ins beside it; nothing is written."""
    (tmp_path / "sub").mkdir()
    path = file(tmp_path / "sub")
    (tmp_path / "sub/base.yaml").write_text(CLEAN, encoding="utf-8")
    (tmp_path / "sub/p.md").write_text("Hello.", encoding="utf-8")
    async with visiting(path, editing=True) as visitor:
        typed = (
            "extends: base.yaml\nnumbers: [12]\nswap:\n"
            "  llm: {llm.openai: {model: m, key: '${NO_SUCH}', prompt: p.nd}}\n  vda: vad.energy\n"
        )
        faults = (await check(visitor, typed))["faults"]
        assert [(it["line"], it["column"], it["file"]) for it in faults] == [
            (2, 11, ""),
            (4, 40, ""),
            (4, 59, ""),
            (5, 3, ""),
        ]
        assert [it["hint"] for it in faults][2:] == ["did you mean `p.md`?", "did you mean `vad`?"]
        sound = await check(visitor, "extends: base.yaml\nset: {vad.rms: 300}\n")
        assert sound["faults"] == [] and sound["chain"]["steps"][1]["settings"] == {"rms": "300"}
        broken = await check(visitor, "extends: base.yaml\npipeline: [\n")
        assert broken["chain"] is None and broken["faults"]
    assert path.read_text(encoding="utf-8") == CLEAN


@alone
async def test_a_fault_in_another_file_is_named(tmp_path: Path) -> None:
    """A fault of the config that is extended has its file and place, and is none of this text's lines."""
    path = file(tmp_path)
    (tmp_path / "base.yaml").write_text(CLEAN.replace("pacer", "pacr"), encoding="utf-8")
    async with visiting(path, editing=True) as visitor:
        (fault,) = (await check(visitor, "extends: base.yaml\n"))["faults"]
        assert (fault["file"], fault["line"], fault["column"]) == (str(tmp_path / "base.yaml"), 8, 5)
        assert (await save(visitor, "extends: base.yaml\n"))[0] == 422


@alone
async def test_no_plug_in_runs_before_its_config_is_saved(tmp_path: Path) -> None:
    """A new or changed file of Python stays unread while its word is typed; saving runs it, as the reload does."""
    path = file(tmp_path, CONFIG.format(name="one", number=1, numbers="", folder=""))
    (tmp_path / "echo.py").write_text(ECHO, encoding="utf-8")
    told = tmp_path / "told"
    changed = f"from pathlib import Path\nPath({str(told)!r}).write_text('run')\n{ECHO}"
    async with visiting(path, editing=True) as visitor:
        text = path.read_text(encoding="utf-8").replace("number: 1", "number: 2")
        assert (await check(visitor, text))["faults"] == []  # this server has run it
        (tmp_path / "echo.py").write_text(changed, encoding="utf-8")
        answer = await check(visitor, text)
        (fault,) = answer["faults"]
        assert fault["severity"] == "warning" and fault["line"] == 7 and "`echo`" in fault["text"]
        assert answer["chain"] is None and not told.exists()
        opened = await visitor.get("/api/configs/one")
        assert not told.exists() and opened["editable"]
        assert (await save(visitor, text))[0] == 200 and told.exists()


@alone
async def test_a_plug_in_that_is_typed_is_not_run(tmp_path: Path) -> None:
    """Nor is a package, or a file that `plugins` has just got; and with its faults nothing is saved."""
    path = file(tmp_path)
    told = tmp_path / "told"
    (tmp_path / "new.py").write_text(f"open({str(told)!r}, 'w').close()\nraise ValueError('no')\n", encoding="utf-8")
    typed = chain("plugins: [new.py, antigravity]\n", asr=["new", "antigravity.geo", "asr.script: {say: [hello]}"])
    async with visiting(path, editing=True) as visitor:
        faults = (await check(visitor, typed))["faults"]
        assert [(it["line"], it["severity"]) for it in faults] == [(6, "warning"), (7, "warning")]
        assert not told.exists()
        typed = typed.replace("  - antigravity.geo\n", "")
        status, answer = await save(visitor, typed)
        assert status == 422 and "ValueError: no" in answer["faults"][0]["text"]
    assert path.read_text(encoding="utf-8") == CLEAN


@alone
async def test_a_faulty_text_is_not_saved(tmp_path: Path) -> None:
    """The file stays, its faults are told; a warning alone keeps nothing from being saved."""
    path = file(tmp_path)
    async with visiting(path, editing=True) as visitor:
        status, answer = await save(visitor, CLEAN.replace("pacer", "pacr"))
        assert status == 422 and answer["error"] and answer["faults"][0]["hint"] == "did you mean `pacer`?"
        assert path.read_text(encoding="utf-8") == CLEAN
        text = CLEAN + "server: {greeting_file: one.yaml}\n"
        assert [it["severity"] for it in (await check(visitor, text))["faults"]] == ["warning"] * 2
        assert (await save(visitor, text))[0] == 200


@alone
async def test_a_file_that_was_changed_meanwhile_is_kept(tmp_path: Path) -> None:
    """The answer has the other text and its hash: with that, and with that alone, mine is saved over it."""
    path, theirs = file(tmp_path), CLEAN + "# theirs\n"
    async with visiting(path, editing=True) as visitor:
        opened = await visitor.get("/api/configs/one")
        path.write_text(theirs, encoding="utf-8")
        mine = {"text": CLEAN + "# mine\n", "hash": opened["hash"]}
        status, answer = await visitor.ask("PUT", "/api/configs/one", mine)
        assert (status, answer["text"]) == (409, theirs) and answer["error"]
        assert path.read_text(encoding="utf-8") == theirs
        assert (await visitor.ask("PUT", "/api/configs/one", {**mine, "hash": answer["hash"]}))[0] == 200
    assert path.read_text(encoding="utf-8") == mine["text"]


@alone
async def test_the_reload_says_why_the_next_call_goes_on_as_before(tmp_path: Path) -> None:
    """A clean config whose step cannot be opened is saved and not used; a comment alone changes nothing."""
    path = file(tmp_path, CONFIG.format(name="one", number=1, numbers="", folder=""))
    (tmp_path / "echo.py").write_text(ECHO, encoding="utf-8")
    async with visiting(path, editing=True) as visitor:
        before = visitor.server.board.agents[0]
        text = path.read_text(encoding="utf-8")
        _, answer = await save(visitor, text.replace("number: 1", "number: -1"))
        assert not answer["used"] and f"one {before.config.hash} goes on as it was" in answer["reload"]
        assert "nobody is there" in answer["reload"]
        _, answer = await save(visitor, text + "# a comment\n")
        assert answer["used"] and "nothing has changed that a call would notice" in answer["reload"]
        assert visitor.server.board.agents[0] is before


@alone
async def test_a_server_that_does_not_reload_says_so(tmp_path: Path) -> None:
    """With `--no-reload` the file is saved, and a restart is needed."""
    async with visiting(file(tmp_path), editing=True, reload=False) as visitor:
        status, answer = await save(visitor, CLEAN + "# new\n")
        assert status == 200 and not answer["used"] and "restart" in answer["reload"]


@alone
async def test_agents_of_one_server_stay_apart(tmp_path: Path) -> None:
    """A number or a name of another agent is a fault; an agent may get a new name, and is found by it."""
    one = file(tmp_path, "numbers: ['+97231111111']\n" + CLEAN)
    two = file(tmp_path, "numbers: ['+97232222222']\n" + CLEAN, "two")
    async with visiting(one, two, editing=True) as visitor:
        taken = (await check(visitor, "numbers: ['+97232222222']\nname: two\n" + CLEAN))["faults"]
        assert [(it["line"], it["column"]) for it in taken] == [(1, 11), (2, 7)]
        status, answer = await save(visitor, "name: שלוש\nnumbers: ['+97233333333']\n" + CLEAN)
        assert (status, answer["name"]) == (200, "שלוש")
        assert [it["name"] for it in (await visitor.get("/api/configs"))["configs"]] == ["שלוש", "two"]
        assert (await visitor.get("/api/configs/%D7%A9%D7%9C%D7%95%D7%A9"))["file"] == str(one)
        assert (await visitor.ask("GET", "/api/configs/one"))[0] == 404


@alone
async def test_the_changes_of_the_command_line_are_checked_too(tmp_path: Path) -> None:
    """A text that `--set` cannot be laid over would not be loaded: the fault names the option."""
    async with visiting(file(tmp_path), editing=True, changes=("vad.rms=300",)) as visitor:
        (fault,) = (await check(visitor, chain(vad="vad.energy: {}").replace("vad.energy", "dedup")))["faults"][:1]
        assert "--set vad.rms=300" in fault["file"] and fault["line"] == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"hash": "x"}', 400),
        (b'{"text": 5, "hash": "x"}', 400),
        (b'{"text": "\\ud800", "hash": "x"}', 400),
        (b'{"text": "' + b"x" * (8 * 1024 * 1024) + b'"}', 413),
    ],
    ids=["cut", "list", "no text", "number", "surrogate", "huge"],
)
@alone
async def test_a_body_that_does_not_fit_is_refused(tmp_path: Path, body: bytes, status: int) -> None:
    """Each answer is a sentence, and nothing is written."""
    path = file(tmp_path)
    async with visiting(path, editing=True) as visitor:
        for method, address in (("POST", "/api/configs/one/check"), ("PUT", "/api/configs/one")):
            headers = {"Origin": visitor.url, "Content-Type": "application/json"}
            async with visitor.http.request(
                method, visitor.url + address, data=BytesIO(body), headers=headers
            ) as answer:
                assert answer.status == status and (await answer.json())["error"]
    assert path.read_text(encoding="utf-8") == CLEAN


@alone
async def test_a_text_that_is_too_long_is_a_fault(tmp_path: Path) -> None:
    """It is said of the text as a whole, as `check` says it of a file."""
    async with visiting(file(tmp_path), editing=True) as visitor:
        (fault,) = (await check(visitor, CLEAN + "#" * MAX_BYTES))["faults"]
        assert (fault["line"], fault["text"]) == (0, f"is larger than {MAX_BYTES // 1024} kB")


@alone
async def test_a_file_that_is_not_utf_8_is_left_alone(tmp_path: Path) -> None:
    """It is shown, with the line that is wrong, and cannot be saved over; one that is gone is told as well."""
    path = file(tmp_path)
    async with visiting(path, editing=True) as visitor:
        path.write_bytes(CLEAN.encode() + "# שלום\n".encode("cp1255"))
        opened = await visitor.get("/api/configs/one")
        assert not opened["editable"] and opened["reason"] == f"{path}:10:1: is not UTF-8 text"
        assert opened["faults"][0]["hint"] == "save the file as UTF-8"
        assert (await save(visitor, CLEAN))[0] == 403
        path.unlink()
        status, answer = await visitor.ask("GET", "/api/configs/one")
        assert status == 409 and "No such file" in answer["error"]


@alone
async def test_a_link_is_followed_within_the_configs_folders_alone(tmp_path: Path) -> None:
    """A link stays a link; the file that it leads to is written if it is in a served config's folder."""
    inside, outside = tmp_path / "in", tmp_path / "out"
    for folder in (inside, inside / "deep", outside):
        folder.mkdir()
    file(inside / "deep", chain("numbers: ['+97231111111']\n"), "real")
    file(outside, chain("numbers: ['+97232222222']\n"), "real")
    (inside / "one.yaml").symlink_to("deep/real.yaml")
    (inside / "two.yaml").symlink_to(outside / "real.yaml")
    async with visiting(inside / "one.yaml", inside / "two.yaml", editing=True) as visitor:
        assert (await save(visitor, chain("numbers: ['+97233333333']\n")))[0] == 200
        status, answer = await save(visitor, chain("numbers: ['+97234444444']\n"), "two")
        assert status == 403 and str(outside / "real.yaml") in answer["error"]
    assert (inside / "one.yaml").is_symlink() and "33333" in (inside / "deep/real.yaml").read_text(encoding="utf-8")
    assert "22222" in (outside / "real.yaml").read_text(encoding="utf-8")
