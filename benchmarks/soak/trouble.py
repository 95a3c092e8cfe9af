"""Faults of the providers and of a step, which a call of the faulty agent meets, and of the server's own process."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

from benchmarks.soak import hostile, standing
from benchmarks.soak.batches import SAID
from benchmarks.soak.ground import FAULTY, PUBLIC, TOKEN, Ground
from benchmarks.soak.peers import Fault
from benchmarks.soak.readings import metrics, total
from pipeline.phone.phone import CallResult, place_call
from pipeline.phone.script import Action, Dtmf, HangUp, Say, Wait, WaitAudio

HELD = 3.0  # seconds of a disk that is full, and of a log that nobody reads
LIMIT = 40.0  # seconds of a call that meets a fault
READ = 30.0  # seconds in which a config has to be read again
ASKS: list[Action] = [
    Wait(0.3),
    Say(SAID[0]),
    WaitAudio(25.0),
    Wait(5.0),
    Say(SAID[1]),
    WaitAudio(25.0),
    Wait(3.0),
    HangUp(),
]


def provider(name: str) -> Fault:
    """Return a fault of a provider: switched on, and met by a call."""

    async def fault(ground: Ground) -> str:
        ground.stand_ins.open(name)
        return _lost(await _call(ground, ASKS))

    return fault


def step(key: str) -> Fault:
    """Return a fault of a step, which the caller's key causes in the middle of the agent's answer."""
    script = [Wait(0.3), Say(SAID[0]), WaitAudio(25.0), Wait(0.5), Dtmf(key), Wait(4.0), HangUp()]

    async def fault(ground: Ground) -> str:
        def tell(now: float, what: str, _: dict[str, Any]) -> None:
            if what == "dtmf" and hostile.FAULTS[key] == "block":
                ground.stalls.append(now)

        result = await _call(ground, script, tell)
        return "" if result.ended_by == "agent" else _lost(result)

    return fault


async def _call(ground: Ground, script: list[Action], tell: Any = None) -> CallResult:
    return await place_call(
        ground.server.url, script, token=TOKEN, public_url=PUBLIC, called=FAULTY, limit=LIMIT, on_event=tell,
        voice=ground.sounds.__getitem__,
    )  # fmt: skip


def _lost(result: CallResult) -> str:
    """Return a complaint if the caller heard nothing at all after a question."""
    unheard = [turn for turn in result.turns if turn.audio is None]
    return f"a caller heard nothing: {result.error or 'the call went on'}" if unheard else ""


async def reloaded(ground: Ground) -> str:
    """Change a setting of the faulty agent, and have the server read it."""
    async with ground.writing:
        return await _changed(ground)


async def _changed(ground: Ground) -> str:
    said = json.loads(ground.config.read_text(encoding="utf-8"))
    said["set"]["llm.max_chars"] = 400 + (said["set"].get("llm.max_chars", 400) + 1) % 20
    before = _versions(await metrics(ground.server))
    ground.config.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    ground.reload()
    for _ in range(round(READ / 0.5)):
        await asyncio.sleep(0.5)
        if _versions(await metrics(ground.server)) != before:
            return ""
    return f"a good config was not in use after {READ:g} s"


async def reloaded_badly(ground: Ground) -> str:
    """Break the faulty agent's config, have the server read it, and put the good one back."""
    async with ground.writing:
        return await _broken(ground)


async def _broken(ground: Ground) -> str:
    good = ground.config.read_text(encoding="utf-8")
    before = total("kav_config_reload_failed_total", await metrics(ground.server))
    ground.config.write_text("pipeline: [twilio_serializer, {llm.openai: {modle: x}}", encoding="utf-8")
    ground.reload()
    failed = before
    for _ in range(round(READ / 0.5)):
        await asyncio.sleep(0.5)
        if (failed := total("kav_config_reload_failed_total", await metrics(ground.server))) > before:
            break
    ground.config.write_text(good, encoding="utf-8")
    ground.reload()
    return "" if failed > before else "a broken config was not refused"


def _versions(page: str) -> list[str]:
    return sorted(re.findall(r"^kav_config_info{.*", page, re.MULTILINE))


async def disk_full(ground: Ground) -> str:
    """Let no file of the server's grow for a while."""
    ground.fill_disk(True)
    try:
        await asyncio.sleep(HELD)
    finally:
        ground.fill_disk(False)
    return ""


async def log_blocked(ground: Ground) -> str:
    """Read none of the server's log for a while."""
    ground.log.hold(True)
    try:
        await asyncio.sleep(HELD)
    finally:
        ground.log.hold(False)
    return ""


FAULTS: dict[str, Fault] = {
    **{name: provider(name) for name in standing.FAULTS},
    **{f"step: {name}": step(key) for key, name in hostile.FAULTS.items()},
    "good config": reloaded,
    "broken config": reloaded_badly,
    "disk full": disk_full,
    "log not read": log_blocked,
}
