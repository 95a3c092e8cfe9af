"""The channel between processes: whole messages in their order, each with its file, and an end that is noticed."""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio import Event, Queue

from pipeline.server.workers.channel import Channel
from pipeline.server.workers.messages import HangUp, Leave, Open, Stream, ToWorker


class Ends:
    """Both ends of a channel; what comes out of the second is in `inbox`."""

    def __init__(self) -> None:
        one, other = socket.socketpair()
        self.inbox: Queue[object] = Queue()
        self.lost = Event()
        self.one = Channel(one, ToWorker, self.inbox.put_nowait, Event().set)
        self.other = Channel(other, ToWorker, self.inbox.put_nowait, self.lost.set)

    def close(self) -> None:
        """Leave nothing open."""
        self.one.close()
        self.other.close()


async def test_messages_of_any_size_come_whole_and_in_order() -> None:
    """Also those that no socket takes at once."""
    ends = Ends()
    big = os.urandom(3_000_000)
    sent = [HangUp("a", "b"), Open("key", big), Leave(), Open("", b""), HangUp("c", "d")]
    for message in sent:
        ends.one.send(message)
    assert [await ends.inbox.get() for _ in sent] == sent
    ends.close()


async def test_each_message_keeps_its_file() -> None:
    """However many are on their way, and whatever is sent between them; the sender's own are closed."""
    ends, pipes = Ends(), [os.pipe() for _ in range(50)]
    for number, (ours, theirs) in enumerate(pipes):
        os.write(theirs, bytes([number]))
        os.close(theirs)
        ends.one.send(Stream(os.urandom(9000)), ours)
        ends.one.send(Leave())
    for number in range(50):
        assert isinstance(await ends.inbox.get(), Stream)
        assert isinstance(await ends.inbox.get(), Leave)
        file = ends.other.files.popleft()
        assert os.read(file, 2) == bytes([number])
        os.close(file)
    ends.close()


async def test_what_nobody_took_is_closed() -> None:
    """A file that was sent to an end that has gone, or that is still in the queue, does not stay open."""
    ends = Ends()
    for _ in range(5):
        ends.one.send(Stream(os.urandom(200_000)), os.dup(0))
    ends.close()
    ends.one.send(Stream(b""), os.dup(0))


async def test_an_end_that_has_gone_is_noticed_once() -> None:
    """After everything that it had said."""
    ends = Ends()
    ends.one.send(HangUp("a", "b"))
    ends.one.close()
    await ends.lost.wait()
    assert ends.inbox.get_nowait() == HangUp("a", "b")
    ends.other.send(Leave())  # nobody hears it
    await asyncio.sleep(0)
    ends.close()


async def test_a_message_of_another_version_ends_the_channel() -> None:
    """The end that cannot read it takes the other for gone, which is told by a closed socket."""
    one, other = socket.socketpair()
    inbox, gone, lost = Queue[object](), Event(), Event()
    older = Channel[object](one, Leave, inbox.put_nowait, lost.set)
    newer = Channel[object](other, ToWorker, inbox.put_nowait, gone.set)
    newer.send(Leave())
    newer.send(HangUp("a", "b"))
    await lost.wait()
    await gone.wait()
    assert inbox.get_nowait() == Leave()
    older.close()
    newer.close()
