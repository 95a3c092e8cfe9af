"""A pool of pocketsphinx processes, which find the phrase of a closed list in telephone audio.

pocketsphinx holds Python's lock while it decodes, so it never runs in the server. Each worker is a fresh interpreter
and not a fork, which could not be replaced safely once the server has threads, an event loop and open sockets.
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import subprocess
import sys
from asyncio import Future
from contextlib import suppress
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import msgspec

from pipeline import audio
from pipeline.asr import Vocabulary
from pipeline.environment.variables import process_environment
from pipeline.faults import KavError
from pipeline.text import normalise

SHORTEST = 1600  # bytes, 0.1 s: shorter sound holds no word
LONGEST = 160_000  # bytes: 10 s of 8 kHz 16-bit PCM; the rest of an utterance is not used
WAITING = 64  # utterances that wait for a worker
ASKED = 2  # workers that are asked for an utterance at most: one that crashes a worker may crash the next
# Seconds to wait for an answer, and seconds more for each of the sound; a worker takes 0.2 of them on a busy machine.
SLOW, SLOW_PART = 0.5, 0.25  # after that another worker is asked as well
HUNG, HUNG_PART = 2.0, 0.5  # after that the worker is replaced
READY = 30.0  # seconds that a new worker has to get ready
WORKER = Path(__file__).with_name("worker.py")
LENGTH = struct.Struct("!I")  # length of a message, written before it
SLOT = re.compile(r"\{(\w+)\}")


class Grammar(msgspec.Struct, frozen=True):
    """The phrases to recognise, with `{slot}`, `[optional]` and `(one | other)`, and the phones of unusual words."""

    phrases: list[str]
    slots: dict[str, list[str]] = {}
    pronunciations: dict[str, str] = {}  # a word's phones, e.g. "HH AY F AH"

    def vocabulary(self) -> Vocabulary:
        """Return what can be recognised; the grammar has to be one that `grammar` takes."""
        texts = [*self.phrases, *(text for texts in self.slots.values() for text in texts)]
        patterns = tuple(_pattern(phrase, self.slots) for phrase in self.phrases)
        return Vocabulary(phrases=tuple(self.phrases), patterns=patterns, words=frozenset().union(*map(words, texts)))


def _pattern(text: str, slots: dict[str, list[str]]) -> str:
    """Return a regular expression for a phrase's words, each with a space behind it."""
    signs = {"[": "(?:", "]": ")?", "(": "(?:", ")": ")", "|": "|"}
    parts = []
    for token in re.findall(r"\{\w+\}|[][()|]|[^][(){}|\s]+", text.lower()):
        if token in signs:
            parts.append(signs[token])
        elif token[0] == "{":
            named = next((each for name, each in slots.items() if name.lower() == token[1:-1]), [])
            parts.append(f"(?:{'|'.join(_pattern(each, slots) for each in named)})")
        else:
            parts.append("".join(f"{re.escape(word)} " for word in normalise(token).split()))
    return f"(?:{''.join(parts)})"


def grammar(phrases: list[str], slots: dict[str, list[str]]) -> str:
    """Write the phrases as a JSGF grammar; raises ValueError for an unpaired bracket or a slot without words."""
    rules = {"public <utterance>": phrases} | {f"<{name}>": words for name, words in slots.items() if words}
    for text in (text for texts in rules.values() for text in texts):
        if not speakable(text):
            raise ValueError(f"a bracket has no partner, or nothing is said: {text!r}")
        if missing := [name for name in SLOT.findall(text) if not slots.get(name)]:
            raise ValueError(f"the slot {missing[0]!r} has no words: {text!r}")
    return "\n".join(("#JSGF V1.0;", "grammar phrases;", *map(_rule, rules, rules.values()), ""))


def _rule(name: str, texts: list[str]) -> str:
    return name + " = " + " | ".join("(" + SLOT.sub(r"<\1>", text.lower()) + ")" for text in texts) + ";"


def speakable(text: str) -> bool:
    """True if every bracket of a phrase is paired and it has a word."""
    closing: list[str] = []
    for sign in re.findall(r"[][(){}]", SLOT.sub("", text)):
        if sign in "[({":
            closing.append({"[": "]", "(": ")", "{": ""}[sign])
        elif not closing or closing.pop() != sign:
            return False
    return not closing and re.search(r"\w", text) is not None


def words(text: str) -> frozenset[str]:
    """Return the words of a phrase in lower case, without brackets and slots."""
    return frozenset(word for word in re.split(r"[\s()|[\]]+", SLOT.sub(" ", text.lower())) if word)


@lru_cache(maxsize=64)  # configs of one server share words
def lacking(wanted: frozenset[str]) -> frozenset[str]:
    """Return the words that the dictionary lacks: each needs a pronunciation. One pass over the dictionary for all."""
    either = b"|".join(re.escape(word.encode("utf-8", "replace")) for word in wanted)
    return wanted - {word.decode() for word in re.findall(b"\n(" + either + b") ", _dictionary())}


@cache
def _dictionary() -> bytes:
    """Return the dictionary as text, 3 MB: a set of its words would take five times as much, in every server."""
    package = find_spec("pocketsphinx")
    assert package is not None and package.origin is not None
    return b"\n" + (Path(package.origin).parent / "model/en-us/cmudict-en-us.dict").read_bytes()


class _Utterance:
    """The sound of an utterance, its answer to come, and the workers that may still be asked."""

    def __init__(self, pcm: bytes) -> None:
        self.pcm = pcm[:LONGEST]
        self.answer: Future[tuple[str, float]] = asyncio.get_running_loop().create_future()
        self.left, self.asking = ASKED, 0

    @property
    def seconds(self) -> float:
        return audio.seconds(self.pcm)

    def settle(self, answer: bytes = b'["",0]') -> None:
        """Give the answer, unless there is one or it is not waited for any more."""
        if not self.answer.done():
            self.answer.set_result(msgspec.json.decode(answer, type=tuple[str, float]))


class SphinxPool:
    """Worker processes that recognise one grammar for all calls together.

    A worker that dies or hangs is replaced, and its utterance given to another one; if that fails as well, it comes
    back as an empty text. Raises ValueError for a grammar that `grammar` refuses. At most 64 utterances (WAITING) wait
    for a worker; more wait for a place among those.
    """

    def __init__(self, wording: Grammar, workers: int = 2) -> None:
        jsgf = grammar(wording.phrases, wording.slots)
        setup = msgspec.json.encode({"jsgf": jsgf, "pronunciations": wording.pronunciations})
        self._workers = [_Worker(setup) for _ in range(workers)]
        self._lanes: list[asyncio.Task[None]] = []
        self._waiting: asyncio.Queue[_Utterance] = asyncio.Queue(WAITING)

    @property
    def pids(self) -> list[int]:
        """Ids of the present processes."""
        return [worker.process.pid for worker in self._workers if worker.process]

    def start(self) -> None:
        """Start the processes; needs no event loop. Raises KavError on Windows, whose processes inherit no sockets."""
        if sys.platform == "win32":
            raise KavError("asr.pocketsphinx needs Linux, macOS or WSL: name another recogniser, as asr.google")
        for worker in self._workers:
            worker.start()

    async def ready(self) -> None:
        """Wait until every worker can recognise; raises ChildProcessError, with the reason, if one cannot."""
        await asyncio.gather(*(worker.ready() for worker in self._workers))
        self._lanes = [asyncio.create_task(self._serve(worker)) for worker in self._workers]

    async def close(self) -> None:
        """End all work: no process, socket or task is left."""
        for lane in self._lanes:
            lane.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)
        while not self._waiting.empty():
            self._waiting.get_nowait().settle()
        for worker in self._workers:
            await worker.close()

    async def hear(self, pcm: bytes) -> tuple[str, float]:
        """Return the phrase in an utterance of 8 kHz 16-bit PCM, blank if none fits, and a confidence of 0 to 1.

        Uses the first 10 s, waits for a worker for as long as its caller does, and may be cancelled at any time. Raises
        ChildProcessError once the pool is closed.
        """
        if all(lane.done() for lane in self._lanes):
            raise ChildProcessError("no pocketsphinx worker is left")
        if len(pcm) < SHORTEST:
            return "", 0.0
        utterance = _Utterance(pcm)
        await self._waiting.put(utterance)
        return await utterance.answer

    async def _serve(self, worker: _Worker) -> None:
        while True:
            utterance = await self._waiting.get()
            if utterance.answer.done():  # cancelled, or answered by another worker
                continue
            utterance.left, utterance.asking = utterance.left - 1, utterance.asking + 1
            answer = b""
            try:
                if not worker.lost or await worker.replaced():  # lost while idle: replacing it costs no utterance
                    answer = await self._ask(worker, utterance)
            finally:  # also when cancelled: a call must never wait for an answer that cannot come
                utterance.asking -= 1
                if answer:
                    utterance.settle(answer)
                elif not self._again(utterance) and not utterance.asking:
                    utterance.settle()
            if not answer and not worker.lost:
                await worker.replaced()

    async def _ask(self, worker: _Worker, utterance: _Utterance) -> bytes:
        """Return a worker's answer, empty if it ends or hangs; if it is slow, another worker is asked as well."""
        slow, limit = SLOW + SLOW_PART * utterance.seconds, HUNG + HUNG_PART * utterance.seconds
        again = asyncio.get_running_loop().call_later(slow, self._again, utterance)
        try:
            async with asyncio.timeout(limit):
                return await worker.ask(utterance.pcm)
        except TimeoutError:
            from loguru import logger  # here: the words of processors are listed without it

            logger.warning("asr.pocketsphinx: a process has not answered for {:.1f} s, and is replaced", limit)
            return b""
        finally:
            again.cancel()

    def _again(self, utterance: _Utterance) -> bool:
        """Let another worker hear an utterance; False if enough have been asked, or too many utterances wait."""
        if not utterance.left or utterance.answer.done() or self._waiting.full():
            return False
        self._waiting.put_nowait(utterance)
        return True


class _Worker:
    """The server's side of a worker process, which answers one message at a time."""

    def __init__(self, setup: bytes) -> None:
        self._setup = setup
        self.process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | asyncio.StreamWriter | None = None

    @property
    def lost(self) -> bool:
        """True if there is no process, or it has ended by itself."""
        return self.process is None or self._reader.at_eof()

    def start(self) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            # -P: the worker's directory, where modules are called like the libraries that they use, is no place to
            # import from. A session of its own: a Ctrl-C in the server's terminal is not for it.
            command = [sys.executable, "-P", str(WORKER), str(theirs.fileno())]
            self.process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=process_environment()
                | {"OPENBLAS_NUM_THREADS": "1"},  # a thread pool per worker would only cost memory
            )

    async def ready(self) -> None:
        assert isinstance(self._line, socket.socket)
        self._reader, self._line = await asyncio.open_connection(sock=self._line)
        if (complaint := await self.ask(self._setup)) != b"ready":
            raise ChildProcessError(complaint.decode() or "pocketsphinx ended while it started")

    async def ask(self, message: bytes) -> bytes:
        """Send a message and return the answer; empty if the process has ended."""
        assert isinstance(self._line, asyncio.StreamWriter)
        try:
            self._line.write(LENGTH.pack(len(message)) + message)
            (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
            return await self._reader.readexactly(length)
        except (EOFError, ConnectionError):
            return b""

    async def replaced(self) -> bool:
        """Replace the process; False, and logged, if the new one does not get ready, and the next utterance tries."""
        await self.close()
        try:
            self.start()
            async with asyncio.timeout(READY):
                await self.ready()
        except (OSError, TimeoutError) as error:  # ChildProcessError is an OSError
            from loguru import logger

            logger.error("asr.pocketsphinx: a process cannot be replaced: {}", str(error) or f"not ready in {READY} s")
            await self.close()
            return False
        return True

    async def close(self) -> None:
        if self.process and self._line:
            self.process.kill()
            self.process.wait()
            self.process = None
            self._line.close()
            if isinstance(self._line, asyncio.StreamWriter):
                with suppress(ConnectionError):
                    await self._line.wait_closed()
