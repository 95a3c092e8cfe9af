"""A message channel between two processes of one machine, over a Unix socket; a message may carry a file descriptor."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec

from pipeline.server.workers.messages import Message

LENGTH = 4  # bytes of the length before each message, big-endian
CHUNK = 64 * 1024  # bytes that are read at a time
FILES = 16  # file descriptors that may come with them

Heard = TypeVar("Heard")


class Channel(Generic[Heard]):
    """One end of a channel. Messages arrive in order, each whole.

    `kind` is the type of received messages, `heard` is called with each, `lost` once when the other end has closed, or
    has sent a message of another kind, as another version may.
    A file descriptor sent with a message is in the receiver's `files`, oldest first, before `heard` gets the message;
    the receiver owns it. Needs a running loop.
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
        self._unsent: deque[tuple[memoryview, int]] = deque()  # bytes, and the descriptor to send; -1: none
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock, self._readable)

    def send(self, message: Message, file: int = -1) -> None:
        """Send a message, and a file descriptor with it, which is closed here once sent; never waits.

        On a closed channel the message is dropped, and the descriptor closed.
        """
        body = msgspec.msgpack.encode(message)
        if self._sock.fileno() < 0:
            _close(file)
            return
        if not self._unsent:
            self._loop.add_writer(self._sock, self._writable)
        self._unsent.append((memoryview(len(body).to_bytes(LENGTH, "big") + body), file))
        self._writable()

    def close(self) -> None:
        """Close this end and all descriptors in it; unsent messages are lost. May be called again."""
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
                # A descriptor goes with the first bytes of its message. The kernel has its own copy then, so that ours
                # is closed, and the rest of a message that was sent in part goes without it.
                data, file = self._unsent[0]
                sent = _send(self._sock, data, file) if file >= 0 else self._sock.send(data)
                _close(file)
                self._unsent[0] = data[sent:], -1
                if sent == len(data):
                    self._unsent.popleft()
        except BlockingIOError:
            return
        except OSError:  # the other end has closed: `_readable` reports that
            for _, file in self._unsent:
                _close(file)
            self._unsent.clear()
        self._loop.remove_writer(self._sock)

    def _readable(self) -> None:
        try:
            data, files = _receive(self._sock)
        except BlockingIOError:
            return
        except OSError:
            data, files = b"", []
        self.files.extend(files)
        self._read += data
        if not data:
            self._end()
        while (message := self._message()) is not None:
            self._heard(message)

    def _message(self) -> Heard | None:
        """Return the next message; None until all of its bytes have arrived."""
        end = LENGTH + int.from_bytes(self._read[:LENGTH], "big")
        if len(self._read) < max(end, LENGTH):
            return None
        try:
            message = self._decoder.decode(memoryview(self._read)[LENGTH:end].tobytes())
        except msgspec.DecodeError:
            self._end()
            return None
        del self._read[:end]
        return message

    def _end(self) -> None:
        self.close()
        self._lost()


def _send(sock: socket.socket, data: memoryview, file: int) -> int:
    if sys.platform == "win32":
        raise OSError("no descriptors are passed on")
    return socket.send_fds(sock, [data], [file])


def _receive(sock: socket.socket) -> tuple[bytes, list[int]]:
    if sys.platform == "win32":
        raise OSError("no descriptors are passed on")
    data, files, _, _ = socket.recv_fds(sock, CHUNK, FILES)
    return data, files


def _close(file: int) -> None:
    if file >= 0:
        os.close(file)
