"""The worklet of the console's phone under `OfflineAudioContext`: seconds of line in a fraction of one, at any rate."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

import numpy as np
from aiohttp import web
from numpy.typing import NDArray

from tests.kit.browser import Page

Samples = NDArray[np.float32]
BLOCK = 128  # samples that the worklet makes at a time

# Loaded before the worklet: its processor acknowledges each message, so that a scene goes on when it has been taken.
ACKNOWLEDGING = """
const register = globalThis.registerProcessor;
globalThis.registerProcessor = (name, Processor) => register(name, class extends Processor {
    constructor(options) {
        super(options);
        const take = this.port.onmessage;
        this.port.onmessage = (message) => { take(message); this.port.postMessage({what: "taken"}); };
    }
});
"""
RENDER = """(async ({rate, seconds, microphone, options, script}) => {
    const context = new OfflineAudioContext(1, Math.round(rate * (seconds + 0.1)), rate);
    await context.audioWorklet.addModule("/acknowledging.js");
    await context.audioWorklet.addModule("/static/phone/worklet.js");
    const node = new AudioWorkletNode(context, "line", {
        numberOfInputs: microphone === null ? 0 : 1, outputChannelCount: [1], processorOptions: options,
    });
    node.connect(context.destination);
    let told = [], owed = 0, allTaken;
    const text = (bytes) => btoa(String.fromCharCode(...bytes));
    const bytes = (text) => Uint8Array.from(atob(text), (it) => it.charCodeAt(0));
    node.port.onmessage = ({data}) => {
        if (data.what !== "taken") told.push(data.ulaw ? {...data, ulaw: text(data.ulaw)} : data);
        else if (--owed === 0) allTaken();
    };
    const send = (messages) => new Promise((taken) => {
        [owed, allTaken] = [messages.length, taken];
        for (const it of messages) node.port.postMessage(it.ulaw ? {...it, ulaw: bytes(it.ulaw)} : it);
    });
    if (microphone) {
        const source = new OscillatorNode(context, {frequency: microphone.pitch});
        const level = new GainNode(context, {gain: microphone.level});
        source.connect(level).connect(node);
        source.start();
    }
    let all;
    for (const [at, messages] of [...script, [seconds, [{what: "end"}]]]) {
        context.suspend(at).then(async () => {
            await send(messages);
            all = [...told];
            context.resume();
        });
    }
    const raw = new Uint8Array((await context.startRendering()).getChannelData(0).buffer);
    let sound = "";
    for (let at = 0; at < raw.length; at += 8192) sound += String.fromCharCode(...raw.subarray(at, at + 8192));
    return {told: all, sound: btoa(sound)};
})(%s)"""


async def _acknowledging(request: web.Request) -> web.Response:
    return web.Response(text=ACKNOWLEDGING, content_type="text/javascript")


ROUTES = [web.get("/acknowledging.js", _acknowledging)]


@dataclass(frozen=True)
class Rendered:
    """The result of a line: its messages in order, and its sound at the rate of the context."""

    rate: int
    told: list[dict[str, Any]]
    sound: Samples

    def of(self, what: str) -> list[dict[str, Any]]:
        """The messages of one kind."""
        return [it for it in self.told if it["what"] == what]

    def frames(self) -> list[bytes]:
        """The frames of the microphone, mu-law."""
        return [b64decode(it["ulaw"]) for it in self.of("frame")]

    def marks(self) -> list[tuple[str, float]]:
        """The marks that came back, each with its time."""
        return [(it["name"], it["at"]) for it in self.of("mark")]

    def heard(self, start: float, end: float) -> Samples:
        """The sound between two times."""
        return self.sound[round(start * self.rate) : round(end * self.rate)]

    def audible(self) -> tuple[float, float]:
        """When the sound begins and ends, seconds."""
        loud = np.flatnonzero(np.abs(self.sound) > 0.001)
        return float(loud[0]) / self.rate, float(loud[-1] + 1) / self.rate


async def render(
    page: Page,
    rate: int,
    seconds: float,
    script: list[tuple[float, list[dict[str, Any]]]],
    *,
    microphone: dict[str, float] | None = None,
    **options: Any,
) -> Rendered:
    """Run a line for so long; `script` has times in seconds and the messages that it is given then.

    `microphone` is a sine by `pitch` (Hz) and `level`; with `None` there is no microphone.
    """
    asked = {"rate": rate, "seconds": seconds, "microphone": microphone, "options": options, "script": script}
    answer = await page.evaluate(RENDER % json.dumps(asked))
    whole = np.frombuffer(b64decode(answer["sound"]), np.float32)
    return Rendered(rate, answer["told"], whole[: round(rate * seconds)])


def sound(ulaw: bytes, **more: Any) -> dict[str, Any]:
    """The message that has a line play this."""
    return {"what": "sound", "ulaw": b64encode(ulaw).decode(), **more}
