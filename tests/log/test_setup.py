"""The log: one event a line, whatever is in it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from errno import ENOSPC
from pathlib import Path
from typing import Any

import pytest
from aiohttp.http_exceptions import BadStatusLine
from loguru import logger

from pipeline.config import load
from pipeline.log import call_lines, setup
from pipeline.loop.virtual import run_virtual
from pipeline.redaction.secrets import learn
from tests.kit.chain import chain
from tests.kit.terminals import terminal

ROOT = Path(__file__).parents[2]
SID = "CA" + "0123456789abcdef" * 2
NASTY = "hello\r\n2026-01-01 INFO forged \x1b[31mred\x1b[0m \u202eright to left\u2028line"


@pytest.fixture
def written() -> Iterator[Callable[..., Callable[[], list[str]]]]:
    """Set the log up, and give back a function that ends it and tells the lines that were written."""
    root, level = logging.getLogger(), logging.getLogger().level
    before = root.handlers[:]

    def set_up(**options: Any) -> Callable[[], list[str]]:
        to = options.pop("stream", None) or io.StringIO()
        setup.set_up(to=to, **options)

        def lines() -> list[str]:
            logger.remove()
            return [] if not isinstance(to, io.StringIO) else to.getvalue().split("\n")[:-1]

        return lines

    yield set_up
    logger.remove()
    root.handlers[:] = before
    root.setLevel(level)


def fail() -> None:
    canary = "a-local-value"
    raise ValueError(f"bad\nthing {len(canary)}")


@pytest.mark.fault("I-1")
@pytest.mark.parametrize("as_json", [False, True])
def test_a_key_of_a_config_is_masked_whatever_its_variable_is_called(
    written: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, as_json: bool
) -> None:
    """Also in a traceback, and if the config is read after the log was set up; a short one is a word."""
    lines = written(as_json=as_json)
    for key in ("canary-0123456789", "none"):
        monkeypatch.setenv("MINE", key)
        (tmp_path / "x.yaml").write_text(chain(llm='llm.openai: {model: x, key: "${MINE}"}'))
        load(tmp_path / "x.yaml")
    try:
        raise ValueError("refused canary-0123456789")
    except ValueError as error:
        logger.opt(exception=error).error("FAULT with canary-0123456789, none but one")
    said = "\n".join(lines())
    assert "canary" not in said and "ValueError: refused •••" in said and "FAULT with •••, none but one" in said


def test_a_line_has_time_level_call_and_message(written: Any) -> None:
    """The call is shown by the start of its sid, and a line without a call has a dash."""
    lines = written()
    logger.bind(call_sid=SID).info("WS_START sid={}", "MZ1")
    logger.warning("no call")
    first, second = lines()
    assert first.split()[2:] == ["INFO", SID[:10], "WS_START", "sid=MZ1"]
    assert second.split()[2:] == ["WARNING", "-", "no", "call"]


@pytest.mark.fault("I-2")
@pytest.mark.parametrize("as_json", [False, True])
def test_words_cannot_forge_a_line(written: Any, as_json: bool) -> None:
    """Line ends, escape sequences and direction marks in a caller's words are escaped."""
    lines = written(as_json=as_json)
    logger.bind(call_sid="CA\n1").info("ASR_TEXT: {}", NASTY)
    (line,) = lines()
    assert not setup._UNSAFE.search(line)
    assert "forged" in line


ODD = ["\ud83d alone", "C1 \x85\x9b2J", "nul\x00", "\u2028\u2029", "w" * 1_000_000, "{} braces {0} {x}"]


@pytest.mark.fault("I-2")
@pytest.mark.parametrize("as_json", [False, True])
def test_no_text_ends_the_log(tmp_path: Path, as_json: bool) -> None:
    """Each is one line, which a JSON reader takes, and the next line follows; in messages, names and tracebacks."""
    with (tmp_path / "log").open("w", encoding="utf-8") as file:
        setup.set_up(to=file, as_json=as_json)
        for odd in ODD:
            try:
                raise ValueError(odd)
            except ValueError as error:
                logger.bind(call_sid=odd).opt(exception=error).error("{}", odd)
            logger.info("after")
        logger.remove()
    rows = [row for row in (tmp_path / "log").read_text("utf-8").split("\n")[:-1] if not row.startswith("    | ")]
    assert len(rows) == 2 * len(ODD) and all("after" in row for row in rows[1::2])
    if as_json:
        assert [json.loads(row)["message"] for row in rows[::2]] == [each.replace("\ud83d", "\ufffd") for each in ODD]


class FullFor(io.StringIO):
    """A file on a disk that is full for some lines: it takes their first half."""

    def write(self, text: str) -> int:
        if "lost" in text:
            super().write(text[: len(text) // 2])
            raise OSError(ENOSPC, "No space left on device")
        return super().write(text)


@pytest.mark.fault("H4")
def test_the_log_comes_back_when_the_disk_has_room(written: Any) -> None:
    """The lines that found none are counted in their place, and the torn one is ended."""
    stream = FullFor()
    lines = written(stream=stream)
    for text in ("first", "lost", "lost", "lost", "last"):
        logger.info("{0} {0}", text)
    rows = lines()
    assert "first" in rows[0] and rows[-1].endswith("last last") and not rows[-2].endswith("lost")
    gaps = [row.partition("LOG_DROPPED ")[2] for row in rows if "LOG_DROPPED" in row]
    assert gaps == ["1 lines: No space left on device"] * 3  # each found room for itself


def test_a_line_with_wrong_arguments_costs_no_other(log: list[str]) -> None:
    """The lines of a call wait together; one that cannot be formatted is told of."""

    async def main() -> None:
        lines = call_lines.Lines(asyncio.get_running_loop(), SID)
        lines.info("before")
        lines.info("{} and {}", "one")
        lines.info("after")
        await asyncio.sleep(0)

    run_virtual(main())
    assert log[0] == "before" and log[2] == "after" and log[1].startswith("LOG_DROPPED '{} and {}': IndexError")


def test_hebrew_stays_readable(written: Any) -> None:
    """What is not dangerous is not escaped."""
    lines = written()
    logger.info("ASR_TEXT: {}", "שלום, נדל״ן {ok}")
    assert lines()[0].endswith("ASR_TEXT: שלום, נדל״ן {ok}")


@pytest.mark.fault("I-2")
def test_a_json_line_is_an_object(written: Any) -> None:
    """Each line parses by itself and says what the text says; the words come back whole."""
    lines = written(as_json=True)
    logger.bind(call_sid=SID).info("{}", NASTY)
    told = json.loads(lines()[0])
    assert (told["level"], told["call_sid"], told["message"]) == ("INFO", SID, NASTY)


@pytest.mark.parametrize("as_json", [False, True])
def test_a_trace_is_kept_with_its_event(written: Any, as_json: bool) -> None:
    """A fault's trace comes indented below its line, or inside its object, without the values of variables."""
    lines = written(as_json=as_json)
    try:
        fail()
    except ValueError as error:
        logger.opt(exception=error).error("FAULT")
    logger.info("next")
    rows = lines()
    assert [row for row in rows if not row.startswith("    | ")] == [rows[0], rows[-1]]
    assert "ValueError" in "".join(rows)
    assert "a-local-value" not in "".join(rows).replace('canary = "a-local-value"', "")


@pytest.mark.fault("I-1")
@pytest.mark.parametrize("as_json", [False, True])
def test_secrets_are_masked_by_value(written: Any, as_json: bool) -> None:
    """A secret does not get out in a message, an extra or a trace; what is too short to be one is left alone."""
    learn("hunter2-token", "hunter2", "abc")
    lines = written(as_json=as_json)
    try:
        raise ValueError("key hunter2-token is bad")
    except ValueError as error:
        logger.bind(call_sid="hunter2").opt(exception=error).error("with hunter2-token and abc")
    text = "".join(lines())
    assert "hunter2" not in text
    assert "•••" in text
    assert "abc" in text


@pytest.mark.fault("I-3")
@pytest.mark.parametrize("as_json", [False, True])
def test_personal_data_is_masked_in_the_lines_of_a_call(written: Any, as_json: bool) -> None:
    """In messages and traces, unless the call's config leaves it; ids, and lines of no call, stay as they are."""
    lines, card = written(as_json=as_json), "4242 4242 4242 4242"
    try:
        raise ValueError(f"the model said {card}")
    except ValueError as error:
        logger.bind(call_sid=SID).opt(exception=error).error("ASR_TEXT: {}", f"my card is {card}")
    logger.info("NO_AGENT has the number +972501234567")
    logger.bind(call_sid=SID, unredacted=True).info("REPLY: dana@example.com")
    text = "".join(lines())
    assert "4242" not in text and text.count("[card]") == 2 and "unredacted" not in text
    assert "+972501234567" in text and "REPLY: dana@example.com" in text


def test_the_level_is_kept(written: Any) -> None:
    """What is below the level is not written."""
    lines = written(level="WARNING")
    logger.info("quiet")
    logger.warning("loud")
    assert len(lines()) == 1


@pytest.mark.fault("B6", "G13")
def test_requests_that_are_no_http_are_counted_lines(written: Any) -> None:
    """A storm of them is one line for the first, the tenth, the hundredth, without a trace."""
    lines = written()
    for _ in range(150):
        try:
            raise BadStatusLine("\x16\x03\x01")
        except BadStatusLine:
            logging.getLogger("aiohttp.server").exception("Error handling request from %s", "127.0.0.1")
    assert [line.split(" ", 4)[4] for line in lines()] == [
        f"HTTP refused: BadStatusLine ({count} so far)" for count in (1, 10, 100)
    ]


def test_other_libraries_come_the_same_way(written: Any) -> None:
    """What is logged through `logging` is a line like ours, from WARNING on."""
    lines = written()
    logging.getLogger("asyncio").error("a task was\nlost")
    logging.getLogger("asyncio").info("not this")
    (line,) = lines()
    assert line.endswith("asyncio: a task was\\nlost")


@pytest.fixture
def unread(written: Any) -> Iterator[tuple[int, int]]:
    """A pipe that is full, and that nobody reads: where it is read, and where it is written."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    for size in (4096, 1):
        with suppress(BlockingIOError):
            while os.write(writing, b"." * size):
                pass
    os.set_blocking(writing, True)
    yield reading, writing
    os.close(reading)


@pytest.mark.fault("H6")
@pytest.mark.parametrize("as_json", [False, True])
def test_who_does_not_read_loses_lines_and_learns_how_many(unread: tuple[int, int], as_json: bool) -> None:
    """Nothing waits for a reader; what finds no room is counted in the place where it is missing."""
    reading, writing = unread
    setup.set_up(to=os.fdopen(writing, "w", closefd=False), room=10, as_json=as_json)
    for number in range(100):
        logger.info("line {}.", number)
    with open(reading, encoding="utf-8", closefd=False) as file:
        read = [file.readline()]
        while "line 9." not in read[-1]:
            read.append(file.readline())
        logger.info("read again")
        logger.remove()
        os.close(writing)
        read += file
    kept = [int(line.partition("line ")[2].partition(".")[0]) for line in read if "line " in line]
    assert kept == list(range(len(kept)))
    assert f"LOG_DROPPED {100 - len(kept)} lines" in read[-2] and "WARNING" in read[-2]
    assert "read again" in read[-1]


@pytest.mark.fault("H6")
def test_nobody_who_reads_keeps_nobody_from_ending(unread: tuple[int, int]) -> None:
    """A stream that is never read takes a second of the farewell, and no more; what was said before it is kept."""
    reading, writing = unread
    setup.set_up(to=os.fdopen(writing, "w", closefd=False))
    logger.info("unheard")
    logger.remove()
    os.set_blocking(reading, False)
    assert not os.read(reading, 1 << 20).strip(b".")
    os.set_blocking(reading, True)
    with open(reading, encoding="utf-8", closefd=False) as file:
        assert "unheard" in file.readline()
    os.close(writing)


@pytest.mark.fault("H6")
def test_a_reader_who_has_gone_is_nobodys_trouble(written: Any) -> None:
    """A broken pipe ends the log, not who logs."""
    reading, writing = os.pipe()
    os.close(reading)
    setup.set_up(to=os.fdopen(writing, "w", closefd=False))
    logger.info("unheard")
    logger.remove()
    os.close(writing)


@pytest.mark.fault("H6")
def test_a_call_goes_on_while_nobody_reads_the_log(unread: tuple[int, int]) -> None:
    """With the error stream full from the start it answers a call, tells of it, and ends on Ctrl-C."""
    command = [sys.executable, "run.py", "demo", "configs/bench.yaml", "--wav", "configs/demo/rooms.wav", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=unread[1], text=True) as process:
        os.close(unread[1])
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            if "Ctrl-C" in line:
                process.send_signal(signal.SIGINT)
    assert process.returncode == 0
    assert "ok" in told.split("\n")


@pytest.mark.parametrize("ending", ["pass", "raise SystemExit(3)", "raise KeyboardInterrupt"])
def test_the_last_lines_are_written_however_a_process_ends(ending: str) -> None:
    """All of them, in their order."""
    program = f"""\
from loguru import logger
from pipeline.log.setup import set_up
set_up()
for number in range(2000):
    logger.info("line {{}}", number)
{ending}
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    read = [line.rpartition("line ")[2] for line in done.stderr.split("\n") if " INFO " in line]
    assert read == [str(number) for number in range(2000)]


def test_warnings_and_errors_are_coloured_on_a_terminal(written: Any) -> None:
    """Yellow and red, over the whole line; INFO and JSON stay plain."""
    with terminal() as (stream, reader):
        for as_json in (False, True):
            lines = written(stream=stream, as_json=as_json)
            for level in ("INFO", "WARNING", "ERROR"):
                logger.log(level, "words")
            lines()
        info, warning, error, *data = [reader.readline().rstrip("\r\n") for _ in range(6)]
    assert "\x1b" not in info and not any("\x1b" in each for each in data)
    assert warning.startswith("\x1b[33m2") and warning.endswith("words\x1b[0m") and error.startswith("\x1b[31m2")
