"""Speech over the agent that is held: no turn until it is known for an interruption."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.text.nods import just_asked

ENDS = 1.0  # seconds of a reply; a nod when less is left of it is an answer


@dataclass
class HeldSpeech:
    """Speech that began while the agent spoke. Clocks count frames of the call.

    `heard` and `left` are of the reply that it was spoken over: the words that the caller had heard by then, and the
    seconds of sound still to come.
    """

    turn: int  # the number that it has if it becomes a turn
    began: int  # clock at its first voiced frame
    voiced: int  # voiced frames since the last silence of `release`
    waits: bool = True  # the agent has paused for it
    rests: bool = False  # the caller has been quiet for `release`: the next voice pauses the agent again
    words: str = ""  # the latest ones, normalised
    begun: bool = False  # it has become a turn
    last: int = 0  # clock at its last voiced frame, once it has ended
    heard: str = ""
    left: float = 0.0

    @property
    def answers(self) -> bool:
        """True if a nod is an answer: the agent has asked, or has said about all that it had to say."""
        return self.left < ENDS or just_asked(self.heard)
