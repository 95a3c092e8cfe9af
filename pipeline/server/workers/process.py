"""A worker's process, from the parent's side: its start, its messages and answers, its end."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from asyncio import Event, Future
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.environment.variables import process_environment
from pipeline.faults import UsageError
from pipeline.server.memory import resident
from pipeline.server.workers.channel import Channel
from pipeline.server.workers.messages import Ask, Hello, Message, Open, Opened, Told, ToParent

COMMAND = (sys.executable, "-P", "-m", f"{__package__}.main")
ANSWER = 1.0  # seconds that `ask` waits for an answer


def check_system(names: Mapping[str, Any]) -> None:
    """Raise UsageError if the `socket` module of the system (`names`) cannot pass sockets on, as on Windows."""
    if "send_fds" not in names:
        raise UsageError("--workers is not supported on this system, which passes no sockets on: leave the option out")


class WorkerProcess:
    """One running process. `gone` is set once it has closed its channel or was given up.

    `heard` is called with its messages except `Opened`. Raises OSError if it cannot be started. Needs a running loop.
    """

    def __init__(self, hello: Hello, heard: Callable[[ToParent], None]) -> None:
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = _start(theirs.fileno())
        except OSError:
            ours.close()
            raise
        self.gone = Event()
        self._heard = heard
        self._asked = 0
        self._answers: dict[int, Future[None]] = {}
        self._answered = self._now()
        self._opened: dict[str, Future[str]] = {}
        self._channel: Channel[ToParent] = Channel(ours, ToParent, self._take, self.give_up)
        self.send(hello)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def memory(self) -> int:
        """The bytes of memory that it has in use."""
        return resident(self._process.pid)

    @property
    def silence(self) -> float:
        """The seconds for which it has owed an answer; 0 if it owes none."""
        return self._now() - self._answered if self._answers else 0.0

    def send(self, message: Message, file: int = -1) -> None:
        """Send a message, and a file descriptor, which is closed here; both are dropped once the process has gone."""
        self._channel.send(message, file)

    async def open(self, key: str, packed_config: bytes) -> str:
        """Open an agent in the process; returns the reason if that fails or the process ends, empty if it is open."""
        if self.gone.is_set():
            return _ENDED
        answer: Future[str] = asyncio.get_running_loop().create_future()
        self._opened[key] = answer
        self.send(Open(key, packed_config))
        return await answer

    async def ask(self, page: bool = False) -> None:
        """Ask for a report on the calls, and on the metrics if `page`; waits for it a second at most.

        The answer goes to `heard`. One that comes later is still used, and answers all earlier questions.
        """
        self._asked += 1
        if not self._answers:
            self._answered = self._now()  # `silence` counts from the first unanswered question
        self._answers[self._asked] = answer = asyncio.get_running_loop().create_future()
        self.send(Ask(self._asked, page))
        await asyncio.wait((answer,), timeout=ANSWER)

    def give_up(self) -> None:
        """Take the process for gone: set `gone`, and end every wait for an answer. May be called again."""
        self.gone.set()
        while self._opened:
            self._opened.popitem()[1].set_result(_ENDED)
        self._answer(self._asked)

    def kill(self) -> None:
        """Kill the process (SIGKILL)."""
        self._process.kill()

    async def end(self) -> int:
        """Close the channel, wait until the killed process has exited, and return its exit code."""
        self._channel.close()
        self.give_up()
        return await asyncio.to_thread(self._process.wait)

    def _take(self, message: ToParent) -> None:
        if isinstance(message, Opened):
            if (opened := self._opened.pop(message.key, None)) is not None:
                opened.set_result(message.error)
            return
        self._heard(message)
        if isinstance(message, Told):
            self._answered = self._now()
            self._answer(message.number)

    def _answer(self, number: int) -> None:
        for asked in [it for it in self._answers if it <= number]:
            self._answers.pop(asked).set_result(None)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


_ENDED = "a worker ended while it opened a config"


def _start(file: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (*COMMAND, str(file), str(os.getpid())),
        pass_fds=[file],
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C in the terminal reaches the parent alone, which ends the calls
        env=process_environment() | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
