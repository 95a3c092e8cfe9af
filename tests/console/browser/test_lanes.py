"""The sound of a live call stands where it is heard, and what was never heard is not drawn."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.kit.browser import Page
from tests.kit.static_pages import blank_page

PEAKS = """import("/static/calls/levels.js").then(({Levels}) => {
    const levels = new Levels();
    for (const [name, ...values] of %s) levels[name](...values);
    return {end: levels.end, peaks: %s.map(([from, to]) => levels.peak(from, to))};
})"""
DRAWN = """Promise.all(["lanes", "levels", "story"].map((it) => import(`/static/calls/${it}.js`)))
    .then(([{drawLanes}, {Levels}, {Story}]) => {
        const canvas = document.createElement("canvas"), levels = {in: new Levels(), out: new Levels()};
        for (const name of ["caller", "agent", "line", "muted", "text", "ground", "bad", "warn"])
            canvas.style.setProperty(`--${name}`, {caller: "#0000ff", agent: "#00ff00"}[name] ?? "#ffffff00");
        Object.assign(canvas.style, {width: "1000px", height: "234px", position: "fixed", insetInlineStart: "0"});
        document.body.append(canvas);
        levels.in.put(1, Array(50).fill(255));
        for (let at = 3; at < 5; at += 0.1) levels.out.put(at, Array(5).fill(255));
        levels.out.cut(4);
        levels.out.put(4.5, Array(10).fill(255));
        drawLanes(canvas, {story: new Story(), levels, from: 0, span: 10, now: null, end: 10});
        const {data, width, height} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const full = (at, part) => data[at + part] > 200 && data[at + 3] > 200;
        const column = (x) => Array.from({length: height}, (_, y) => 4 * (y * width + x));
        const has = (x, part) => column(x).some((at) => full(at, part));
        const runs = (part) => {
            const found = [];
            for (let x = 0, last = 0; x < width; x++) {
                const now = [x, x + 1, x + 2].some((it) => it < width && has(it, part));
                if (now && !last) found.push([x / width * 10, 0]);
                if (!now && last) found.at(-1)[1] = x / width * 10;
                last = now;
            }
            return found.map((it) => it.map((at) => Math.round(at * 10) / 10));
        };
        return {caller: runs(2), agent: runs(1)};
    })"""


def evaluated(expression: str) -> Any:
    """The value of an expression in a page that then has no complaint."""

    async def run() -> Any:
        page: Page
        async with blank_page() as page:
            value = await page.evaluate(expression)
            assert page.complaints == []
            return value

    return asyncio.run(asyncio.wait_for(run(), 60))


def test_peaks_stand_at_their_times() -> None:
    """Bursts ahead of time do not squeeze silences; a cut drops what follows it; odd times are passed over."""
    put = '["put", 1, [255, 51]], ["put", 7200, [102]], ["put", -5, [255]], ["put", 1e9, [255]]'
    shown = evaluated(
        PEAKS
        % (
            f'[{put}, ["cut", 7000], ["cut", 1e9]]',
            "[[0, 0.99], [1, 1.02], [1.02, 1.04], [0, 9000], [7200, 7201], [-9, -1], [1.05, 2]]",
        )
    )
    assert shown == {"end": 7000, "peaks": [0, 1, 0.2, 1, 0, 0, 0]}


def test_the_lanes_are_drawn_in_true_time() -> None:
    """Each way at its seconds: the agent's sound up to the clear, silence, and then the next reply."""
    shown = evaluated(DRAWN)
    assert shown == {"caller": [[1, 2]], "agent": [[3, 4], [4.5, 4.7]]}
