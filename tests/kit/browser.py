"""A browser without a window, driven over the DevTools protocol, with a WAV file as its microphone.

Source: https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientSession, ClientWebSocketResponse

from tests.kit.programs import program

LOOPBACK = "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]"
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars"),
    *("--remote-debugging-port=0", "--no-first-run", "--disable-sync", "--disable-breakpad", "--disable-extensions"),
    *("--disable-background-networking", "--disable-component-update", "--no-proxy-server", "--no-pings"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
    *(f"--host-resolver-rules={LOOPBACK}",),
)
POLL = """new Promise((found, lost) => {
    const end = performance.now() + %d;
    (function look() {
        let seen, fault = "";
        try { seen = (%s); } catch (error) { fault = `: ${error}`; }
        if (seen) found(seen);
        else if (performance.now() < end) setTimeout(look, 20);
        else lost(new Error("not within %g s" + fault + "; the page says: " + document.body?.innerText.slice(0, 2000)));
    })();
})"""
CENTRE = """(() => {
    const wanted = document.querySelector(%s);
    if (!wanted) throw new Error("no such element: " + %s);
    wanted.scrollIntoView({block: "center", behavior: "instant"});
    const {left, top, width, height} = wanted.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2], there = document.elementFromPoint(x, y);
    if (!wanted.contains(there)) throw new Error(`${there?.outerHTML.slice(0, 200)} covers ` + %s);
    return {x, y};
})()"""


class PageLeft(AssertionError):
    """A command to a page whose answer the page cannot give any more, as the browser has gone on to another one."""


class Browser:
    """A running browser: commands to it, and the pages that tell something."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.pages: dict[str, Page] = {}
        self._socket = socket
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.reading = asyncio.create_task(self._read())

    async def send(self, method: str, session: str = "", **parameters: Any) -> Any:
        """Give one command, and return its result. A refusal, and a browser that has gone, fail the test."""
        answer = asyncio.get_running_loop().create_future()
        self._answers[number := len(self._answers)] = answer
        command = {"id": number, "method": method, "params": parameters}
        await self._socket.send_json({**command, "sessionId": session} if session else command)
        await asyncio.wait([answer, self.reading], return_when=asyncio.FIRST_COMPLETED)
        assert answer.done(), f"the browser ended before it answered {method}"
        if error := answer.result().get("error"):
            kind = PageLeft if "navigated" in error["message"] else AssertionError
            raise kind(f"{method}: {error}")
        return answer.result()["result"]

    async def page(self, url: str) -> Page:
        """Open a page of its own, and wait until it is loaded."""
        target = (await self.send("Target.createTarget", url="about:blank"))["targetId"]
        session = (await self.send("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        page = self.pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log"):
            await page.send(f"{domain}.enable")
        await page.go(url)
        return page

    async def _read(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if "id" in told:
                self._answers[told["id"]].set_result(told)
            elif page := self.pages.get(told.get("sessionId", "")):
                page.told(told["method"], told["params"])


class Page:
    """One page. `complaints` are its console's lines, exceptions, failed requests and violations of its policy.

    `answers` are scripts by path, which are given to the page in the server's place once `Fetch.enable` has said so.
    """

    def __init__(self, browser: Browser, session: str) -> None:
        self.complaints: list[str] = []
        self.answers: dict[str, str] = {}
        self._answering: set[asyncio.Task[Any]] = set()
        self._browser = browser
        self._session = session

    def told(self, event: str, about: dict[str, Any]) -> None:
        """Keep an event of the page that a developer would see in the console."""
        if event == "Runtime.consoleAPICalled":
            said = " ".join(str(it.get("value", it.get("description"))) for it in about["args"])
            self.complaints.append(f"{about['type']}: {said}")
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(_fault(about["exceptionDetails"]))
        elif event == "Log.entryAdded":
            entry = about["entry"]
            self.complaints.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}")
        elif event == "Fetch.requestPaused":
            self._answering.add(asyncio.create_task(self._answer(about)))

    async def _answer(self, about: dict[str, Any]) -> None:
        text = self.answers[urlsplit(about["request"]["url"]).path]
        headers = [{"name": "Content-Type", "value": "text/javascript"}]
        answer = {"responseCode": 200, "responseHeaders": headers, "body": b64encode(text.encode()).decode()}
        await self.send("Fetch.fulfillRequest", requestId=about["requestId"], **answer)

    async def send(self, method: str, **parameters: Any) -> Any:
        """Give the page one command of the protocol, and return its result."""
        return await self._browser.send(method, self._session, **parameters)

    async def go(self, url: str) -> None:
        """Go to an address, and wait until it is loaded."""
        went = await self.send("Page.navigate", url=url)
        assert "errorText" not in went, f"{url}: {went['errorText']}"
        await self.until('document.readyState === "complete"')

    async def evaluate(self, expression: str) -> Any:
        """Return the value of an expression, once its promise is kept, as JSON; as if the user had asked for it."""
        wanted = {"awaitPromise": True, "returnByValue": True, "userGesture": True}
        told = await self.send("Runtime.evaluate", expression=expression, **wanted)
        assert "exceptionDetails" not in told, f"{_fault(told['exceptionDetails'])}, in {expression[:300]}"
        return told["result"].get("value")

    async def until(self, expression: str, within: float = 30.0) -> Any:
        """Wait until an expression is true in the page, at most so many seconds of its own, and return its value.

        If the page is left meanwhile, for another one, it has to become true in that.
        """
        while True:
            with suppress(PageLeft):
                return await self.evaluate(POLL % (1000 * within, expression, within))

    async def click(self, selector: str) -> None:
        """Press the mouse on an element, which has to be there and covered by nothing."""
        named = json.dumps(selector)
        at = await self.evaluate(CENTRE % (named, named, named))
        for kind in ("mousePressed", "mouseReleased"):
            await self.send("Input.dispatchMouseEvent", type=kind, **at, button="left", clickCount=1)

    async def press(self, key: str, text: str = "") -> None:
        """Press and release one key: `Tab`, `Enter` (with text "\\r"), `5` (with text "5")."""
        letter = len(key) == 1 and key.isalnum()  # the code of `#` would be that of the key End
        code = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32}.get(key, ord(key.upper()) if letter else 0)
        for kind in ("keyDown", "keyUp"):
            typed = {"text": text} if text and kind == "keyDown" else {}
            await self.send("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **typed)

    async def write(self, text: str) -> None:
        """Put text where the focus is, as a keyboard or an input method does."""
        await self.send("Input.insertText", text=text)

    async def screen(self, width: int = 1280, height: int = 800, dark: bool = False) -> None:
        """Give the page another size, in CSS pixels, and the user's choice of light or dark."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        await self.send("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.send("Emulation.setEmulatedMedia", features=[scheme])

    async def screenshot(self) -> bytes:
        """Return a picture of the page as it is on the screen, a PNG."""
        return b64decode((await self.send("Page.captureScreenshot"))["data"])


def _fault(about: dict[str, Any]) -> str:
    return f"exception: {about.get('exception', {}).get('description') or about['text']}"


@asynccontextmanager
async def browsing(*flags: str, microphone: Path | None = None) -> AsyncIterator[Browser]:
    """A browser with a profile of its own; nothing of it is left behind. Without one installed the test is skipped.

    `microphone` is a WAV file, heard from `getUserMedia` on, over and over; without one it is a beep each second.
    Only addresses on loopback can be reached. The flag `--use-fake-ui-for-media-stream=deny` refuses the microphone.
    """
    command = program("chromium-headless-shell", "chromium", package="chromium-headless-shell")
    asked = [*FLAGS, *flags, *([f"--use-file-for-fake-audio-capture={microphone}"] if microphone else [])]
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        async with (
            _running(command, f"--user-data-dir={profile}", *asked) as process,
            ClientSession() as http,
            http.ws_connect(await _address(process), max_msg_size=0) as socket,
        ):
            browser = Browser(socket)
            grumbles = asyncio.create_task(process.stderr.read())  # a full pipe would hold the browser up
            try:
                yield browser
            finally:
                await _close(browser, process)
                grumbles.cancel()


@asynccontextmanager
async def _running(*command: str) -> AsyncIterator[Process]:
    """Run a program, and end it with all processes that it has started."""
    quiet: dict[str, Any] = {"stdin": DEVNULL, "stdout": DEVNULL, "stderr": PIPE}
    process = await asyncio.create_subprocess_exec(*command, start_new_session=True, **quiet)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _close(browser: Browser, process: Process) -> None:
    """Have the browser end itself, so that it also waits for its own processes; one that does not is killed."""
    with suppress(AssertionError, TimeoutError):
        async with asyncio.timeout(5):
            await browser.send("Browser.close")
            await process.wait()


async def _address(process: Process) -> str:
    """Return the address of the browser's DevTools, which it prints as it starts."""
    printed = ""
    while line := (await process.stderr.readline()).decode(errors="replace"):
        printed += line
        if found := re.search(r"DevTools listening on (ws://\S+)", line):
            return found[1]
    raise AssertionError(f"the browser did not start: {printed}")
