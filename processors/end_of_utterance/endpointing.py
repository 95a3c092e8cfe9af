"""The caller's turn: its first voiced frame, its sound, and the silence that ends it."""

from __future__ import annotations

from collections import deque

from pipeline import audio
from pipeline.frames import AudioIn, HeldUtterance, SpeechStarted, SpeechStopped, TurnDropped, Utterance
from pipeline.processor import Processor, on
from pipeline.vocabulary import DropReason
from processors.end_of_utterance.held import HeldSpeech
from processors.end_of_utterance.settings import EndOfUtteranceSettings, frames
from processors.end_of_utterance.unbroken import UnbrokenSpeech


class Endpointing(Processor):
    """Gathers voiced frames into utterances, each ended by the silence after it.

    `held` is the speech under way while it is no turn yet.
    """

    settings: EndOfUtteranceSettings
    early = -1  # frames of silence at which a pause is judged; -1: none is

    def begin(self) -> None:
        # Each duration is counted in frames once, here: a frame's handler, run 50 times a second, compares integers.
        s = self.settings
        self.pre_roll = frames(s.pre_roll)
        self.refractory_frames = max(frames(s.refractory_voice), s.start_frames)
        self.long_silence = frames(max(s.min_silence, s.hangover))
        self.short_silence = frames(max(s.short_floor, s.min_silence - s.short_by, s.hangover))
        self.short, self.min_length, self.max_length = frames(s.short), frames(s.min_length), frames(s.max_length)
        # Room for the pre-roll and for the voiced frames that it takes to see that a turn has begun.
        self.before: deque[bytes] = deque(maxlen=self.pre_roll + max(self.refractory_frames, s.barge_in_frames))
        self.run = 0  # voiced frames in a row, up to now
        self.calm_at = 0.0  # stream time of the end of the refractory time
        self.agent_speaks = False
        self.clock = 0  # frames received in the call: the clock of stream time
        self.pcm: list[bytes] | None = None  # frames of the utterance; None between turns
        self.began = self.last = self.voiced = 0  # clock at its first and last voiced frame; its voiced frames
        self.held: HeldSpeech | None = None
        self.turn = 0  # of the speech under way: the chain's may be a later one, which another step has begun
        self.unbroken = UnbrokenSpeech(frames(s.unbroken), self.short_silence, self.max_length)

    @on(AudioIn)
    def hear(self, frame: AudioIn) -> None:
        self.clock += 1
        self.run = self.run + 1 if frame.voiced and not self.deaf else 0
        if self.unbroken.full:
            self.await_pause(frame.voiced)
        if self.pcm is None:
            # The frame goes on before a turn begins or ends by it, so that a recogniser has all sound up to
            # SpeechStarted and SpeechStopped when it gets those.
            self.before.append(frame.pcm)
            self.down[AudioIn](frame)
            if self.run and self.run >= self.frames_needed():
                self.begin_speech()
            return
        self.pcm.append(frame.pcm)
        if frame.voiced:
            self.last, self.voiced = self.clock, self.voiced + 1
        self.down[AudioIn](frame)
        if self.held is not None:
            self.weigh(self.held, self.last == self.clock)
        silence = self.clock - self.last
        if silence == self.early and self.held is None:
            self.judge()
        # A pause that is judged ends by its own silence, at any length of the utterance.
        too_long = len(self.pcm) >= self.max_length and not (silence and self.early >= 0)
        if (silence and silence >= self.silence_needed()) or too_long or self.unbroken.fills(self.clock):
            self.finish()

    @property
    def deaf(self) -> bool:
        """True while the agent speaks and barge-in is off: no voice counts."""
        return self.agent_speaks and not self.settings.barge_in

    def await_pause(self, voiced: bool | None) -> None:
        """Count no voice of speech that would not end."""
        self.run = 0
        self.last = self.clock if voiced else self.last
        self.unbroken.rests(self.clock, self.last, self.agent_speaks)

    def frames_needed(self) -> int:
        """Voiced frames in a row that count as speech now: more while a breath is likely."""
        if self.agent_speaks:
            return self.settings.barge_in_frames
        return self.settings.start_frames if seconds(self.clock) > self.calm_at else self.refractory_frames

    def silence_needed(self) -> int:
        """Frames of silence that end this utterance: more after a long one."""
        return self.long_silence if self.length() > self.short else self.short_silence

    def length(self) -> int:
        """Length in frames from the start of the pre-roll to the last voiced frame.

        The pre-roll counts whole, also at the start of a call, where less sound than that has come.
        """
        return self.pre_roll + self.last - self.began + 1

    # ---- speech --------------------------------------------------------------------------------------------------

    def begin_speech(self) -> None:
        """Begin the caller's speech, with the pre-roll as its first sound."""
        self.pcm = list(self.before)[-(self.pre_roll + self.run) :]
        self.before.clear()
        self.began, self.last, self.voiced = self.clock - self.run + 1, self.clock, self.run
        self.unbroken.goes_on(self.began)
        self.begin_turn()

    def begin_turn(self) -> None:
        """Let the speech under way be the caller's turn, which voids all older ones."""
        self.started(self.chain.next_turn())

    def started(self, turn: int) -> None:
        """Announce a turn, with its sound so far."""
        self.turn = turn
        since = seconds(self.clock - self.began + 1)
        self.push(SpeechStarted(turn, seconds(self.began - 1), b"".join(self.pcm or ()), since))

    def weigh(self, held: HeldSpeech, voiced: bool) -> None:
        """Decide about the speech that is held, at each of its frames."""

    def judge(self) -> None:
        """Judge the pause under way, `early` frames after the last voice."""

    def finish(self) -> None:
        """End the caller's speech, with an utterance if it was long enough, otherwise with TurnDropped.

        Speech that is still held is no turn, and has no SpeechStopped: its words decide on it.
        """
        held, pcm = self.held, b"".join(self.pcm or ())
        self.unbroken.ends(self.clock, by_silence=self.clock - self.last >= self.silence_needed())
        self.pcm, self.held, self.run = None, None, 0
        turn = self.turn if held is None else held.turn
        if held is None:
            self.push(SpeechStopped(turn, seconds(self.clock), seconds(self.clock - self.last)))
        # Over the agent a vad is stricter, and hears little of a short word: its words alone tell it from a click.
        if held is None and self.length() <= self.min_length:
            self.push(TurnDropped(turn, DropReason.SHORT))
            return
        kind = Utterance if held is None else HeldUtterance
        self.push(kind(turn, pcm, seconds(self.began - 1), seconds(self.last), seconds(self.voiced)))


def seconds(frames: int) -> float:
    """Return the length of frames of 20 ms."""
    return frames * audio.FRAME_SAMPLES / audio.RATE
