"""An echo is found, followed and given up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline import audio
from processors.echo_guard.finder import EchoFinder
from processors.echo_guard.path import WINDOW
from tests.kit.echo import louder, speech

SECONDS = 12
VOICE = speech(SECONDS, 3)


class Line:
    """A line with the echo of VOICE, at a lag and a level by the time; `mixed` is heard over it."""

    def __init__(self, lag: Callable[[float], float], level: Callable[[float], float] = lambda _: -12) -> None:
        self.sound, self.voiced = bytearray(), list[bool]()
        for number in range(SECONDS * 50):
            at = number / 50
            since = round((at - lag(at)) * audio.RATE) * 2
            piece = (bytes(40000) + VOICE)[40000 + since : 40000 + since + audio.FRAME_BYTES]
            echo = bytes(louder(piece, level(at)).astype("<i2"))
            self.voiced.append(audio.is_voiced(echo))
            self.sound += echo
        self.at = 0
        self.finder = EchoFinder(self.line, self.voice, 6400)

    def line(self, length: int) -> bytes:
        return bytes(self.sound[: 2 * self.at][-2 * length :]).rjust(2 * length, b"\0")

    def voice(self, end: int, length: int) -> bytes:
        return (bytes(40000) + VOICE)[40000 + 2 * (end - length) : 40000 + 2 * end]

    def passed(self, since: float = 0.0, until: float = SECONDS) -> tuple[int, int]:
        """Judge the voiced frames of a time; return how many were no echo, and how many there were."""
        judged = []
        for number in range(round(since * 50), round(until * 50)):
            self.at = (number + 1) * audio.FRAME_SAMPLES
            if self.voiced[number]:
                judged.append(self.finder.is_echo(self.at))
        return judged.count(False), len(judged)


@pytest.mark.parametrize("lag", [0.0, 0.08, 0.25, 0.79])
def test_an_echo_is_known_from_the_first_words(lag: float) -> None:
    """Fewer frames pass than begin a turn, and the lag is right to the sample."""
    line = Line(lambda _: lag)
    passed, all_ = line.passed()
    assert passed <= 2 and all_ > 200
    assert line.finder.path.lag == round(lag * audio.RATE)


def test_an_echo_that_grows_louder_is_one_still() -> None:
    """The caller turns the phone's volume up by 10 dB."""
    line = Line(lambda _: 0.2, lambda at: -20 if at < 6 else -10)
    assert line.passed()[0] <= 2
    assert line.finder.path.decibels == pytest.approx(-10, abs=2)


def test_an_echo_that_is_over_is_given_up() -> None:
    """Then a caller as loud as the echo was is heard: their frames are explained by its loudness alone, and checked."""
    line = Line(lambda _: 0.2)
    line.passed(until=6)
    assert line.finder.path is not None
    caller = speech(6, 77, 500)
    line.sound[6 * 16000 :] = caller
    line.voiced[300:] = [
        audio.is_voiced(caller[at : at + audio.FRAME_BYTES]) for at in range(0, len(caller), audio.FRAME_BYTES)
    ]
    line.passed(6, 9)
    assert line.finder.path is None
    passed, all_ = line.passed(9)
    assert passed == all_


def test_a_caller_on_a_clean_line_is_searched_for_echo_now_and_then() -> None:
    """Thrice at once, then at every fifth frame: a caller who talks on costs little."""
    line = Line(lambda _: 0.2)
    line.sound = bytearray(speech(SECONDS, 78, 500))
    line.voiced = [True] * len(line.voiced)
    searched: list[int] = []
    best = line.finder.best

    def counted(end: int, length: int = WINDOW) -> tuple[int, float]:
        searched.append(end)
        return best(end, length)

    line.finder.best = counted  # type: ignore[method-assign]
    assert line.passed(2, 4) == (100, 100)
    assert len(searched) <= 3 + 100 / 5


def test_a_caller_before_the_first_reply_does_not_hide_its_echo() -> None:
    """However long they spoke: each word is searched from its first frame on."""
    line, caller = Line(lambda _: 0.2), speech(2, 78, 500)
    line.sound[: len(caller)] = caller
    line.voiced[:90] = [True] * 90
    assert line.passed(until=1.8)[0] > 80
    assert line.passed(2.2)[0] <= 2
