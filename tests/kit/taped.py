"""A tape of the sound that a page's line gives to the loudspeaker, taken beside it in the audio thread."""

from __future__ import annotations

from base64 import b64decode

import numpy as np
from numpy.typing import NDArray

from pipeline import audio
from tests.kit.browser import Page

Samples = NDArray[np.float64]

PATH = "/static/phone/tape.js"  # the page's policy takes scripts of its own origin alone
TAPE = """
registerProcessor("tape", class extends AudioWorkletProcessor {
    kept = [];
    process([[heard]]) {
        this.kept.push(...(heard ?? new Float32Array(128)));
        if (this.kept.length > sampleRate / 10) {
            this.port.postMessage(Float32Array.from(this.kept));
            this.kept = [];
        }
        return true;
    }
});
"""
# Each line that the page adds to a context gets a tape beside it.
BESIDE = """(() => {
    const add = AudioWorklet.prototype.addModule, Node = AudioWorkletNode;
    window.taped = [];
    AudioWorklet.prototype.addModule = async function (url) {
        await add.call(this, "%s");
        return add.call(this, url);
    };
    window.AudioWorkletNode = class extends Node {
        constructor(context, ...rest) {
            super(context, ...rest);
            const tape = new Node(context, "tape", {outputChannelCount: [1]});
            tape.port.onmessage = ({data}) => window.taped.push(...data);
            this.connect(tape).connect(context.destination);
            window.rate = context.sampleRate;
        }
    };
})()"""
TAPED = """(() => {
    const raw = new Uint8Array(Int16Array.from(taped, (it) => it * 32767).buffer);
    let all = "";
    for (let at = 0; at < raw.length; at += 8192) all += String.fromCharCode(...raw.subarray(at, at + 8192));
    return [rate, btoa(all)];
})()"""


async def tape(page: Page) -> None:
    """Have all that the page's lines play be kept."""
    page.answers[PATH] = TAPE
    await page.send("Fetch.enable", patterns=[{"urlPattern": f"*{PATH}"}])
    await page.evaluate(BESIDE % PATH)


async def taped(page: Page) -> Samples:
    """All that has been kept, at 8 kHz."""
    rate, text = await page.evaluate(TAPED)
    return pcm(audio.resample(b64decode(text), rate))


def pcm(data: bytes) -> Samples:
    """16-bit PCM as numbers."""
    return np.frombuffer(data, "<i2").astype(np.float64)


def likeness(wanted: Samples, heard: Samples) -> float:
    """How well a sound can be found in another, -1 to 1: the median over its parts of 200 ms.

    In a part alone, since a late message, on a busy machine, moves all that follow.
    """
    size = audio.RATE // 5
    return float(np.median([_found(wanted[at : at + size], heard) for at in range(0, len(wanted) - size + 1, size)]))


def _found(wanted: Samples, heard: Samples) -> float:
    """The correlation of a sound with the part of another that is most like it."""
    size = len(wanted) + len(heard)
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(wanted, size)), size)
    sums = np.concatenate(([0.0], np.cumsum(heard**2)))
    energy = sums[len(wanted) :] - sums[: -len(wanted)]
    at = int(np.argmax(products[: len(energy)] / np.sqrt(energy + 1e6)))
    return float(np.corrcoef(wanted, heard[at : at + len(wanted)])[0, 1])


def pieces(sound: Samples, silence: float = 0.3) -> list[Samples]:
    """The pieces of a sound, between silences of so many seconds."""
    loud = np.flatnonzero(np.abs(sound) > 100)
    cuts = np.flatnonzero(np.diff(loud) > silence * audio.RATE)
    starts, ends = [loud[0], *loud[cuts + 1]], [*loud[cuts], loud[-1]]
    return [sound[start : end + 1] for start, end in zip(starts, ends, strict=True)]
