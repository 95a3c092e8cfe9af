"""The briefing of a person who is rung: its words, and their sound in the agent's own voice."""

from __future__ import annotations

import asyncio

import msgspec
from loguru import logger

from pipeline import audio
from pipeline.agent import Agent
from pipeline.call import Call
from pipeline.faults import FAILURES
from pipeline.text.fixed import phrase
from pipeline.transfer import Handed
from pipeline.tts import Voice

KEY_TOLD = "take_call"  # the phrase that tells of the key
IN_TIME = 4.0  # seconds for the sound: a telephone rings as long, and afterwards Twilio's voice says the words


def words(handed: Handed, language: str) -> str:
    """Return the words that a person hears before they take a call."""
    return f"{handed.brief} {phrase(KEY_TOLD, language)}".strip()


async def prepare(agent: Agent, call: Call) -> None:
    """Make the sound of the briefing, if the call is handed over to a person who hears one."""
    handed = call.handed
    if handed is not None and handed.destination.accept:
        sound = await _spoken(agent, words(handed, call.language))
        call.handed = msgspec.structs.replace(handed, sound=sound)


async def _spoken(agent: Agent, text: str) -> bytes:
    """Return a text as a WAV file in the voice of an agent; nothing if it has none, or if that fails."""
    for place in agent.opened:
        if issubclass(kind := place[0].step.kind, Voice):
            voice = kind(place[0].step.settings, place[0].shared)
            break
    else:
        return b""
    voice.begin()
    try:
        async with asyncio.timeout(IN_TIME):
            pcm = b"".join([piece async for piece in voice.checked(text)])
    except FAILURES as error:
        logger.warning("TTS_ERR no sound for a briefing: {}", error or type(error).__name__)
        return b""
    return audio.wav(pcm) if pcm else b""
