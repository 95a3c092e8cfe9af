"""A channel between two processes of this machine: messages, in their order, some with a socket."""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from pipeline.server.workers.messages import Message

LENGTH = 4  # bytes before each message that say how long it is
CHUNK = 64 * 1024  # bytes that are read at a time
FILES = 16  # files that may come with them

Heard = TypeVar("Heard")


class Channel(Generic[Heard]):
    """One end. `heard` gets each message that comes, `lost` is called once when the other end has gone.

    `kind` is what comes. Needs a running loop. A file goes with one message, in `files` of the receiver, oldest first.
    """

    def __init__(
        self, sock: socket.socket, kind: Any, heard: Callable[[Heard], None], lost: Callable[[], None]
    ) -> None:
        sock.setblocking(False)
        self.files: deque[int] = deque()
        self._sock = sock
        self._decoder: msgspec.msgpack.Decoder[Heard] = msgspec.msgpack.Decoder(kind)
        self._heard, self._lost = heard, lost
        self._read = bytearray()
        self._unsent: deque[tuple[memoryview, int]] = deque()  # bytes, and the file that goes with them; -1: none
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock, self._readable)

    def send(self, message: Message, file: int = -1) -> None:
        """Send a message, and a file with it, which is closed on this side; never waits."""
        body = msgspec.msgpack.encode(message)
        if self._sock.fileno() < 0:
            _close(file)
            return
        if not self._unsent:
            self._loop.add_writer(self._sock, self._writable)
        self._unsent.append((memoryview(len(body).to_bytes(LENGTH, "big") + body), file))
        self._writable()

    def close(self) -> None:
        """Let go of this end; what was not sent is lost. May be called again."""
        if self._sock.fileno() < 0:
            return
        self._loop.remove_reader(self._sock)
        self._loop.remove_writer(self._sock)
        self._sock.close()
        for file in (*self.files, *(file for _, file in self._unsent)):
            _close(file)
        self.files.clear()
        self._unsent.clear()
        self._read.clear()

    def _writable(self) -> None:
        try:
            while self._unsent:
                data, file = self._unsent[0]
                sent = socket.send_fds(self._sock, [data], [file]) if file >= 0 else self._sock.send(data)
                _close(file)
                self._unsent[0] = data[sent:], -1
                if sent == len(data):
                    self._unsent.popleft()
        except BlockingIOError:
            return
        except OSError:  # the other end has gone, which its reader will find as well
            for _, file in self._unsent:
                _close(file)
            self._unsent.clear()
        self._loop.remove_writer(self._sock)

    def _readable(self) -> None:
        try:
            data, files, _, _ = socket.recv_fds(self._sock, CHUNK, FILES)
        except BlockingIOError:
            return
        except OSError:
            data, files = b"", []
        self.files.extend(files)
        self._read += data
        if not data:
            self.close()
            self._lost()
        while (message := self._message()) is not None:
            self._heard(message)

    def _message(self) -> Heard | None:
        """The next message, once all of it has come."""
        end = LENGTH + int.from_bytes(self._read[:LENGTH], "big")
        if len(self._read) < max(end, LENGTH):
            return None
        message = self._decoder.decode(memoryview(self._read)[LENGTH:end].tobytes())
        del self._read[:end]
        return message


def _close(file: int) -> None:
    if file >= 0:
        os.close(file)
