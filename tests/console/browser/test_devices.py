"""The microphone and the loudspeaker: found, chosen, and missed in words."""

from __future__ import annotations

import asyncio

import pytest

from tests.kit.browser import Page
from tests.kit.static_pages import blank_page

MODULE = 'import("/static/phone/devices.js")'
FAULT = "(error) => [error.constructor.name, error.message, error.advice]"


async def fault(page: Page, asked: str) -> str:
    """What is thrown, in words; it says what to do, too."""
    kind, message, advice = await page.evaluate(f"{MODULE}.then((it) => it.{asked}).then(() => [], {FAULT})")
    assert kind == "DeviceFault" and advice.endswith(".")
    return str(message)


@pytest.mark.parametrize(
    ("flags", "asked", "message"),
    [
        (["--use-fake-ui-for-media-stream=deny"], "openMicrophone()", "This page may not use the microphone."),
        ([], 'openMicrophone({device: "gone"})', "The chosen microphone is not there any more."),
        ([], 'openSound({loudspeaker: "gone"})', "The chosen loudspeaker is not there any more."),
    ],
)
def test_a_missing_device_is_told_in_words(flags: list[str], asked: str, message: str) -> None:
    """No permission, and a choice that has been pulled out."""

    async def scene() -> None:
        async with blank_page(*flags) as page:
            assert await fault(page, asked) == message

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_an_insecure_address_is_told_in_words() -> None:
    """Over plain http, a browser gives its microphone to pages of this machine alone."""
    resolved = "--host-resolver-rules=MAP kav.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

    async def scene() -> None:
        async with blank_page(resolved, host="kav.test") as page:
            assert "gives no microphone to a page at this address" in await fault(page, "openMicrophone()")
            empty: dict[str, list[str]] = {"microphones": [], "loudspeakers": []}
            assert await page.evaluate(f"{MODULE}.then((it) => it.listDevices())") == empty

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_sound_that_does_not_begin_is_told_in_words() -> None:
    """A context that stays suspended, as where there is no sound device, is not waited for."""

    async def scene() -> None:
        async with blank_page("--autoplay-policy=document-user-activation-required") as page:
            await page.send("Page.navigate", url=await page.evaluate("location.href"))  # anew, and nothing is pressed
            asked = f"{MODULE}.then((it) => it.openSound()).catch((error) => error.message)"
            told = await page.send("Runtime.evaluate", expression=asked, awaitPromise=True)
            assert "The browser plays no sound" in told["result"]["value"]

    asyncio.run(asyncio.wait_for(scene(), 60))


def test_devices_are_listed_and_chosen() -> None:
    """With their names once the microphone has been allowed, and each way of hearing asks for its own constraints."""

    async def scene() -> None:
        async with blank_page() as page:
            await page.evaluate(f"{MODULE}.then((it) => it.openMicrophone()).then((it) => it.id)")
            listed = await page.evaluate(f"{MODULE}.then((it) => it.listDevices())")
            assert listed["microphones"] and all(it["id"] and it["name"] for it in listed["microphones"])
            chosen = listed["microphones"][-1]["id"]
            for way, cancelled in (("loudspeaker", True), ("headset", False), ("raw", False)):
                asked = f"{MODULE}.then((it) => it.openMicrophone({{device: '{chosen}', way: '{way}'}}))"
                settings = await page.evaluate(f"{asked}.then((it) => it.getTracks()[0].getSettings())")
                assert (settings["deviceId"], settings["echoCancellation"]) == (chosen, cancelled)
            assert await page.evaluate(f"{MODULE}.then((it) => it.openSound()).then((it) => it.state)") == "running"
            assert page.complaints == []

    asyncio.run(asyncio.wait_for(scene(), 60))
