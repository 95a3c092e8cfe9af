"""Secrets as keys of a config, in every output of the command line: none is shown in any form."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, urlencode

import pytest

from tests.kit.chain import chain

RUN = Path(__file__).parents[2] / "run.py"
PATHS = ("/", "/metrics", "/healthz", "/readyz", "/webhook/incoming_call", "/api/configs")
CANARIES = {  # a variable → its value; the names of the last three say nothing
    "TWILIO_AUTH_TOKEN": "canary1token0123456789abcdef0123",
    "CONSOLE_TOKEN": "canary2console0123456789",
    "MY_PASSWORD": "canary3pass/word+more=&<x>",
    "STORE": "redis://user:canary4store@127.0.0.1:9/0",
    "PLAIN": "canary5plain",
    "DIRTY": '"Bearer sk-canary6dirty\\x"\n',
    "MULTI": " 'sk-canary7multi'\r\n",
}
CONFIG = chain(
    "record: {folder: calls}\nserver: {per_caller: 1}\n",
    llm=(
        "llm.openai: {model: a, key: '${PLAIN}', base_url: 'URL', warm_up: true, instructions: hello, "
        "fallback: [llm.openai: {model: b, key: '${MULTI}', base_url: 'URL', instructions: hello}]}"
    ),
    tts="tts.openai: {model: m, voice: v, key: '${DIRTY}', base_url: 'URL'}",
)


class Echo(BaseHTTPRequestHandler):
    """A provider that repeats the whole of a request in the text of its error."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        told = f"{self.headers} {self.rfile.read(length).decode('utf-8', 'replace')}"
        body = json.dumps({"error": {"message": f"bad key {told}", "code": "invalid_api_key"}}).encode()
        self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


@contextmanager
def echoing() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


def traces(text: bytes) -> list[str]:
    """Return the marks of canaries in a text: as they are, percent-encoded, in hexadecimal and in base64."""
    marks = [re.search(r"canary\d\w+", value) for value in CANARIES.values()]
    found = []
    for mark in filter(None, marks):
        whole = mark[0].encode()
        forms = {whole, whole.hex().encode(), quote(mark[0]).encode()}
        # In base64 the neighbours of a text decide on the letters at its ends: these are the ones in between.
        forms |= {base64.b64encode(b"x" * at + whole)[(at and 4) :].rstrip(b"=")[:-2] for at in range(3)}
        found += [mark[0] for form in forms if form.lower() in text.lower()]
    return found


@pytest.mark.parametrize("value", CANARIES.values())
def test_a_trace_is_found_in_each_form(value: str) -> None:
    """So that these tests can fail."""
    for form in (value.encode(), base64.b64encode(value.encode()), value.encode().hex().encode()):
        assert traces(b"ab" + form)


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Path]:
    with echoing() as url:
        path = tmp_path / "agent.yaml"
        path.write_text(CONFIG.replace("URL", url), encoding="utf-8")
        yield path


def started(folder: Path, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
    """Start `run.py` with the canaries in its environment; its output and its errors are one."""
    command, variables = [sys.executable, str(RUN), *arguments], {**os.environ, **CANARIES, "KAV_ENV_FILE": ""}
    variables |= {"PUBLIC_BASE_URL": "https://agent.example.com", **more}
    return subprocess.Popen(command, cwd=folder, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.mark.fault("I-1")
def test_no_verb_shows_a_secret(config: Path) -> None:
    """Nor the record of a call whose providers repeat the key in their errors."""
    verbs = (["check"], ["check", "--online"], ["print"], ["call", "--say", "hello"])
    runs = [started(config.parent, verb[0], str(config), *verb[1:]) for verb in verbs]
    told = [run.communicate(timeout=60)[0] for run in runs]
    assert b"401" in told[1] and b"llm.openai" in told[2] and b"FAULT" in told[3], b"\n====\n".join(told).decode()
    record = [path.read_bytes() for path in (config.parent / "calls").rglob("*") if path.is_file()]
    assert record
    for text in (*told, *record):
        assert not traces(text), text.decode("utf-8", "replace")[:2000]


@pytest.mark.parametrize("dirt", ["sk-canary6dirty-é", "sk-canary6dirty •", "sk-canary6dirty\t0", "sk-canary6\ndirty"])
def test_a_key_that_is_refused_is_not_shown(config: Path, dirt: str) -> None:
    """The fault says what is wrong with it, and where it came from."""
    told = started(config.parent, "check", str(config), DIRTY=dirt).communicate(timeout=60)[0]
    assert b"DIRTY" in told and not traces(told), told.decode()


@pytest.mark.fault("I-1")
@pytest.mark.parametrize("as_json", [False, True])
def test_no_page_of_a_server_shows_a_secret(config: Path, as_json: bool) -> None:
    """The pages of the three listeners, answers to forged webhooks, and the log."""
    listeners = ("--port", "0", "--admin", "0", "--console", "0", "--log-level", "DEBUG")
    with started(config.parent, "serve", str(config), *listeners, *(["--log-json"] if as_json else [])) as server:
        try:
            log = _log_until_ready(server)
            ports = {int(port) for port in re.findall(rb"(?:on port |http://127\.0\.0\.1:)(\d+)", log)}
            pages = [_fetched(f"http://127.0.0.1:{port}{path}") for port in ports for path in PATHS]
        finally:
            server.terminate()
        log += server.communicate(timeout=60)[0]
    assert any(b"kav_" in page for page in pages) and b"signature" in log.lower()
    for text in (*pages, log):
        assert not traces(text), text.decode("utf-8", "replace")[:3000]


def _log_until_ready(server: subprocess.Popen[bytes]) -> bytes:
    log = line = b""
    while b"READY" not in line:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line, log.decode()
        log += line
    return log


def _fetched(url: str) -> bytes:
    """Return the head and the body of an answer; a webhook is posted, and signed with the token itself."""
    data = urlencode({"CallSid": f"CA{'1' * 32}"}).encode() if "webhook" in url else None
    request = urllib.request.Request(url, data, {"X-Twilio-Signature": CANARIES["TWILIO_AUTH_TOKEN"]})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return f"{answer.headers}".encode() + bytes(answer.read())
    except HTTPError as error:
        return f"{error.headers}".encode() + error.read()
    except OSError as error:
        return str(error).encode()
