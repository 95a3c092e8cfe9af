"""Reports of kept calls over HTTP: the page with its policy, the sound in ranges, and all that can be missing."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession
from yarl import URL

from pipeline.config import Config
from pipeline.records import wav
from pipeline.records.packing import decompressed
from pipeline.twilio.hidden import silenced
from tests.kit import parrot
from tests.kit.alone import alone
from tests.kit.kept_calls import call_sid, kept_call
from tests.kit.past_calls import DEMO, HEBREW, RECORDS, Pages, copied, past_calls
from tests.kit.peer import call
from tests.kit.records import only_folder

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
LOUD = bytes(range(128)) * 100


def agent(folder: Path, **changes: Any) -> Config:
    """A config that keeps its calls there."""
    return msgspec.structs.replace(parrot.config(folder=folder), **changes)


async def got(pages: Pages, path: str, **headers: str) -> tuple[int, str, Any]:
    """The status, the text and the headers of an answer."""
    async with pages.session.get(URL(f"/reports/{path}", encoded=True), headers=headers) as answer:
        return (
            answer.status,
            await answer.text("latin-1" if path.endswith(".wav") and answer.ok else "utf-8"),
            answer.headers,
        )


@pytest.mark.fault("I-4")
@alone
async def test_a_report_is_a_page_with_its_own_policy(tmp_path: Path) -> None:
    """Its style and script are allowed by their hashes, nothing else is, and it may not be framed."""
    copied(tmp_path)
    async with past_calls(agent(tmp_path)) as pages:
        status, html, headers = await got(pages, DEMO)
    policy = headers["Content-Security-Policy"]
    assert (
        status == 200
        and "hello i am looking for an apartment" in html
        and headers["Content-Type"].startswith("text/html")
    )
    assert "default-src 'none'" in policy and "style-src 'sha256-" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(("now", "said"), [("b5040275e8dd", "the same now"), ("0123456789ab", "now 0123456789ab")])
@alone
async def test_a_report_compares_its_config_with_that_of_now(tmp_path: Path, now: str, said: str) -> None:
    """With the one that the server knows by its name, so that nothing is loaded."""
    copied(tmp_path)
    async with past_calls(agent(tmp_path, name="demo", hash=now)) as pages:
        assert said in (await got(pages, DEMO))[1]
    async with past_calls(agent(tmp_path)) as pages:
        assert said not in (await got(pages, DEMO))[1]


@pytest.mark.parametrize("path", ["", "/audio.wav"])
@alone
async def test_a_call_without_a_record_is_told_so(tmp_path: Path, path: str) -> None:
    """As a page to a person, as JSON to a program; also if it was forgotten while its page was open."""
    folder = copied(tmp_path)
    async with past_calls(agent(tmp_path)) as pages:
        assert (await got(pages, f"{DEMO}{path}"))[0] == 200
        shutil.rmtree(folder)
        status, said, headers = await got(pages, f"{DEMO}{path}", **BROWSER)
        assert (status, headers["Content-Type"]) == (404, "text/html; charset=utf-8") and "was forgotten" in said
        assert msgspec.json.decode((await got(pages, f"{DEMO}{path}"))[1])["error"] in said.replace("&#x27;", "'")


@pytest.mark.fault("I-9")
@pytest.mark.parametrize(
    "name", ["..%2F..%2Fsecret", "calls", "CA", DEMO + "%00", DEMO.upper(), "%2e%2e", f"{DEMO}%2F..%2F{DEMO}"]
)
@alone
async def test_no_path_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """A call is named by its CallSid alone."""
    copied(tmp_path / "calls")
    kept_call(tmp_path / "secret")
    async with past_calls(agent(tmp_path / "calls")) as pages:
        assert (await got(pages, name))[0] == 404 and (await got(pages, f"{name}/audio.wav"))[0] == 404


@pytest.mark.parametrize("name", ["events.jsonl", "audio.wav", "call.json"])
@alone
async def test_links_are_not_followed(tmp_path: Path, name: str) -> None:
    """Neither of a file of the record nor of its folder."""
    folder = copied(tmp_path / "calls")
    (folder / name).unlink(missing_ok=True)
    (tmp_path / "secret").write_bytes(b"RIFF")
    (folder / name).symlink_to(tmp_path / "secret")
    (folder.parent / call_sid(7)).symlink_to(copied(tmp_path / "other"))
    async with past_calls(agent(tmp_path / "calls")) as pages:
        for sid in (DEMO, call_sid(7)):
            assert (await got(pages, sid))[0] == 404 and (await got(pages, f"{sid}/audio.wav"))[0] == 404


@pytest.mark.parametrize(
    ("name", "word"), [("demo_en", "am looking for an apartment"), ("maximus_he", "אני מחפש דירה לקנייה")]
)
@pytest.mark.parametrize("then", [True, False])
@alone
async def test_a_report_has_no_words_if_a_config_wants_none(tmp_path: Path, name: str, word: str, then: bool) -> None:
    """That which answered the call, or that of the same name which answers now; its times stay."""
    folder = copied(tmp_path, name, HEBREW)
    if then:
        config = folder / "config.yaml"
        config.write_text(config.read_text(encoding="utf-8").replace("log_words: true", "log_words: false"), "utf-8")
    served = agent(tmp_path) if then else agent(tmp_path, name=name.partition("_en")[0], log_words=False)
    async with past_calls(served) as pages:
        status, html, _ = await got(pages, HEBREW)
    assert status == 200 and word in (RECORDS / name / "events.jsonl").read_text(encoding="utf-8")
    assert word not in html and "caller" in html


@pytest.mark.parametrize("text", ["{", '{"format":99}', "\xff"])
@alone
async def test_a_broken_record_says_so(tmp_path: Path, text: str) -> None:
    """On a page that leads to the part that can be read."""
    (copied(tmp_path) / "call.json").write_bytes(text.encode("latin-1"))
    async with past_calls(agent(tmp_path)) as pages:
        status, said, headers = await got(pages, DEMO, **BROWSER)
        assert status == 422 and "broken" in said and "default-src 'none'" in headers["Content-Security-Policy"]
        status, html, _ = await got(pages, f"{DEMO}?anyway=1")
        assert status == 200 and "hello i am looking" in html


@alone
async def test_the_words_of_a_fault_are_text(tmp_path: Path) -> None:
    """A file that somebody wrote can bring no markup onto the page."""
    (copied(tmp_path) / "call.json").write_text('{"format":"<script>alert(1)</script>"}')
    async with past_calls(agent(tmp_path)) as pages:
        _, said, _ = await got(pages, DEMO, **BROWSER)
    assert "<script>" not in said and "&lt;script&gt;" in said


@pytest.mark.parametrize("is_file", [True, False])
@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("", 200, slice(None)),
        ("bytes=0-99", 206, slice(0, 100)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-50", 206, slice(-50, None)),
        ("bytes=90-9999999", 206, slice(90, None)),
        ("bytes=9999999-", 416, slice(0, 0)),
        ("apples=1-2", 416, slice(0, 0)),
    ],
)
@alone
async def test_sound_comes_in_ranges(tmp_path: Path, is_file: bool, asked: str, status: int, part: slice) -> None:
    """From its file, and if that is gone, made of the messages."""
    folder = copied(tmp_path)
    headers = {"Range": asked} if asked else {}
    async with past_calls(agent(tmp_path)) as pages:
        async with pages.session.get(f"/reports/{DEMO}/audio.wav") as answer:
            whole = await answer.read()
        if is_file:
            (folder / "audio.wav").write_bytes(whole)
        async with pages.session.get(f"/reports/{DEMO}/audio.wav", headers=headers) as answer:
            content = await answer.read()
            assert answer.status == status
            assert status == 416 or (answer.headers["Content-Type"], content) == ("audio/wav", whole[part])
            assert status != 206 or answer.headers["Content-Range"].endswith(f"/{len(whole)}")
    (tmp_path / "whole.wav").write_bytes(whole)
    sound = wav.read(tmp_path / "whole.wav")
    assert set(sound.caller) != {255} and set(sound.agent) != {255}


@alone
async def test_the_sound_of_a_call_just_ended_is_the_sound_of_its_file(tmp_path: Path) -> None:
    """As it was written when the call ended."""
    async with past_calls(agent(tmp_path)) as pages, ClientSession() as session:
        async with call(pages.server, session) as peer:
            await peer.talks(2)
            await peer.say("stop")
            await peer.closed()
        while (await pages.past())["calls"][:1] == [] or (await pages.past())["calls"][0]["state"] != "ended":
            pass
        folder = only_folder(tmp_path)
        file = (folder / "audio.wav").read_bytes()
        async with pages.session.get(f"/reports/{folder.name}/audio.wav") as answer:
            assert await answer.read() == file


@alone
async def test_a_call_kept_without_its_sound_has_none(tmp_path: Path) -> None:
    """Its messages have silence, which is not offered as sound; nor is a record without messages."""
    folder = copied(tmp_path)
    (folder / "wire.jsonl.gz").unlink()
    (folder / "wire.jsonl").write_bytes(silenced(b"\n".join(decompressed(RECORDS / "demo_en/wire.jsonl.gz"))))
    bare = copied(tmp_path, sid=call_sid(3))
    (bare / "wire.jsonl.gz").unlink()
    async with past_calls(agent(tmp_path)) as pages:
        for name in (DEMO, bare.name):
            status, said, _ = await got(pages, f"{name}/audio.wav")
            assert status == 404 and "has no sound" in said


@alone
async def test_a_torn_log_of_messages_is_heard_as_far_as_it_goes(tmp_path: Path) -> None:
    """As of a call whose process was lost."""
    folder = copied(tmp_path)
    whole = gzip.decompress((folder / "wire.jsonl.gz").read_bytes())
    (folder / "wire.jsonl.gz").unlink()
    (folder / "wire.jsonl").write_bytes(whole[: len(whole) // 2])
    async with past_calls(agent(tmp_path)) as pages, pages.session.get(f"/reports/{DEMO}/audio.wav") as answer:
        assert answer.status == 200 and len(await answer.read()) > 8000
