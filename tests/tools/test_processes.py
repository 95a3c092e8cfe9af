"""The processes of a verb end with it, and say nothing when a terminal's Ctrl-C ends them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from pipeline.tools.processes import _interrupts_held, as_done, processes


def test_a_process_does_not_see_ctrl_c() -> None:
    """SIGINT goes to all processes of a terminal; those of a pool go on working."""
    with processes(1) as pool:
        number = pool.submit(os.getpid).result()
        os.kill(number, signal.SIGINT)
        assert pool.submit(os.getpid).result() == number
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def interrupt() -> None:
    """Send SIGINT to this process, of which this thread alone takes it."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.kill(os.getpid(), signal.SIGINT)


def test_a_process_is_begun_whole_though_another_thread_takes_ctrl_c() -> None:
    """The interruption comes when the work is submitted, not in the middle, and the handler is as it was."""
    before, steps = signal.getsignal(signal.SIGINT), []
    with pytest.raises(KeyboardInterrupt), _interrupts_held():
        other = threading.Thread(target=interrupt)
        other.start()
        other.join()
        steps.append("begun")
    assert steps == ["begun"] and signal.getsignal(signal.SIGINT) is before
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_a_thread_holds_no_handler() -> None:
    """Handlers are the main thread's; a pool of another one works all the same."""
    with ThreadPoolExecutor(1) as thread, processes(1) as pool:
        assert thread.submit(lambda: pool.submit(abs, -1).result()).result() == 1


def test_processes_end_when_their_block_breaks_off() -> None:
    """At once, though their work would go on for ever."""
    with pytest.raises(KeyError), processes(1) as pool:
        asked = pool.submit(signal.pause)
        raise KeyError
    assert wait([asked]).done and not multiprocessing.active_children()


@pytest.mark.parametrize("count", [1, 2])
def test_each_item_has_its_result(count: int) -> None:
    """From one process or several; none is asked for more items than there are."""
    assert sorted(as_done(abs, range(-9, 0), count)) == list(range(1, 10))
    assert list(as_done(abs, [-1], count)) == [1] and not list(as_done(abs, [], count))
