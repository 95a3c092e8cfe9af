"""Speech recognition: the base class of recognisers, which turn each utterance into one final transcript."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Annotated, Any, ClassVar

import msgspec

from pipeline.catalog import Steps
from pipeline.events import Understood
from pipeline.frames import Frame, SpeechHeld, SpeechStarted, Transcript, TurnDropped, Utterance, WordsHeld
from pipeline.processor import Kind, on
from pipeline.settings import StepSettings, doc
from pipeline.text import normalise
from pipeline.text.heard import heard_words
from pipeline.text.plain_json import whole
from pipeline.vocabulary import DropReason
from pipeline.worker import Worker

COUGH = 0.3  # seconds of voice; an utterance without words and shorter than this is not asked about
LONGEST = 4000  # characters of a turn that are passed on
WAITING = 8  # turns without an outcome yet; above this the second oldest is dropped


class RecognizerSettings(StepSettings, frozen=True, kw_only=True):
    """The settings that every recogniser has."""

    fallback: Annotated[Steps, doc("Recognisers to ask when this one fails, in order.")] = ()


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """The closed list of transcripts that a recogniser can give.

    `fixed` if it gives them for any sound. Otherwise `patterns` are regular expressions that match a phrase's words in
    lower case with a space behind each, and `words` are all that occur in them.
    """

    phrases: tuple[str, ...]  # as they are shown
    fixed: bool = False
    patterns: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()

    def doubt(self, text: str) -> str:
        """Return the reason why a text will not be heard as it is said; empty if it will."""
        if self.fixed:
            same = normalise(text) in map(normalise, self.phrases)
            return "" if same else f"`{text}` is none of them, and is not heard"
        spoken = normalise(text).split()
        if unknown := [f"`{word}`" for word in dict.fromkeys(spoken) if word not in self.words]:
            return f"{' and '.join(unknown)} {'is' if len(unknown) == 1 else 'are'} none of its words"
        whole = "".join(f"{word} " for word in spoken)
        known = any(re.fullmatch(pattern, whole) for pattern in self.patterns)
        return "" if known else f"`{text}` has its words, and is none of its phrases"


class Recognizer(Worker):
    """Turns each utterance into one final transcript, also when recognition fails.

    Outcomes leave in the order of the turns. A turn is not void when the caller goes on speaking before it is answered:
    recognition of it goes on, and its transcript comes first.
    At most 8 turns (WAITING) wait for their outcome; when one more comes, the oldest of them that is not under way is
    dropped without a transcript.
    The transcripts of a turn that began as SpeechHeld, interim ones too, go up as WordsHeld to the step that decides on
    it; TurnDropped or a Transcript comes down from there.
    """

    Settings: ClassVar[type[StepSettings]] = RecognizerSettings
    gives: ClassVar[tuple[Kind, ...]] = (Transcript, TurnDropped, WordsHeld)
    holds = (Utterance,)
    optional: ClassVar[tuple[Kind, ...]] = (TurnDropped, SpeechHeld, SpeechStarted)
    share_of_turn = 0.5  # the model and the voice need the rest

    def __init__(self, settings: StepSettings | None = None, shared: object = None) -> None:
        super().__init__(settings, shared)
        self.waiting: deque[Utterance | TurnDropped] = deque()  # turns in order; the first is being recognised
        self.held: set[int] = set()  # turns that began as SpeechHeld, without final words yet
        self.last_held = -1  # number of the latest one

    @classmethod
    def vocabulary(cls, settings: Any) -> Vocabulary | None:
        """Return the closed list of transcripts that it can give; None if it recognises any words."""
        return None

    @abstractmethod
    def recognize(self, utterance: Utterance) -> AsyncGenerator[Transcript, None]:
        """Yield transcripts of an utterance, the final one last; yielding none means speech without words.

        A recogniser that was asked as a fallback has heard none of the turn's frames: it has the utterance's `pcm`
        alone.
        """

    @classmethod
    def hint(cls, settings: Any) -> str:
        """Return the words that it is told to expect, which some recognisers return for noise."""
        return ""

    @on(Utterance, TurnDropped)
    def heard(self, frame: Utterance | TurnDropped) -> None:
        """Queue the outcome of a turn; begin to recognise if nothing is under way."""
        if isinstance(frame, TurnDropped):
            self.held.discard(frame.turn)
        # A dropped turn waits, too, if others do: passed on at once it would overtake the transcript of an older turn.
        if isinstance(frame, TurnDropped) and not self.waiting:
            self.push(frame)
            return
        self.waiting.append(frame)
        if len(self.waiting) == 1:
            self.start(frame.turn, self._outcomes())
        elif len(self.waiting) > WAITING:
            # Not the first: its recognition is under way, and would pop another turn's entry when it ends.
            self.held.discard(self.waiting[1].turn)
            del self.waiting[1]

    @on(SpeechHeld, SpeechStarted)
    def speech(self, frame: SpeechHeld | SpeechStarted) -> None:
        """Open a turn, once, and pass the frame on."""
        known = frame.turn <= self.last_held
        if isinstance(frame, SpeechHeld) and not known:
            self.held.add(frame.turn)
            self.last_held = frame.turn
        if not known:
            self.open_turn(frame)
        self.push(frame)

    def open_turn(self, frame: SpeechHeld | SpeechStarted) -> None:
        """Begin to recognise a turn while it is spoken; `frame.pcm` is its sound so far. By default nothing is done."""

    def push(self, frame: Frame) -> None:
        if not self.asks(frame):
            super().push(frame)

    def asks(self, frame: Frame) -> bool:
        """Send the words of a turn that began as SpeechHeld up, and return True; False for any other frame."""
        if not isinstance(frame, Transcript) or frame.turn not in self.held:
            return False
        # They must not go down: steps below would act on words of a turn that never was.
        if frame.final:
            self.held.discard(frame.turn)
        self.raise_up(WordsHeld(frame.turn, frame.text, frame.final, frame.language, frame.confidence, frame.failed))
        return True

    def failed_at(self, frame: Frame) -> None:
        """Leave the turn out of those that wait, and push an empty transcript in the place of its own."""
        if frame in self.waiting and not self.working:
            self.waiting.clear()  # the work that was to serve them has not begun
        super().failed_at(frame)

    def is_void(self, turn: int) -> bool:
        """Return False: a turn's transcript is wanted even if the caller has gone on speaking."""
        return False

    async def _outcomes(self) -> AsyncGenerator[Frame, None]:
        while self.waiting:
            first = self.waiting[0]
            if isinstance(first, Utterance):
                async with aclosing(self.first_answer(partial(_heard_by, first), lambda it: it.final)) as found:
                    async for transcript in found:
                        frame = self.final(first, transcript) if transcript.final else transcript
                        if not self.asks(frame):
                            yield frame
                        # The first final transcript settles the turn, also if the recogniser yields more behind it.
                        if transcript.final:
                            break
                    else:
                        frame = self.final(first, Transcript(first.turn, ""))
                        if not self.asks(frame):
                            yield frame
            else:
                yield first
            self.waiting.popleft()

    def final(self, utterance: Utterance, transcript: Transcript) -> Frame:
        """Return the frame that ends a turn: its final transcript, or TurnDropped if it was only a cough.

        A cough is an utterance without words and with less than 0.3 s of voice (COUGH), of a turn that was not held.
        """
        text = whole(transcript.text[:LONGEST].strip())
        self.call.tell(Understood(utterance.turn, text, transcript.confidence))
        self.call.log.words("ASR_TEXT: {}", text)
        if not text and utterance.voiced < COUGH and utterance.turn not in self.held:
            return TurnDropped(utterance.turn, DropReason.COUGH)
        return Transcript(utterance.turn, text, True, transcript.language, transcript.confidence)

    def failed(self, turn: int, error: Exception) -> None:
        """Count a fault and push an empty transcript, so that the caller is asked again and not left in silence.

        Then recognition goes on with the next turn that waits.
        """
        self.chain.fault(self, error)
        self.push(Transcript(self.waiting.popleft().turn, "", failed=True))
        # One task serves all waiting turns, and this failure ended it: the others still need theirs.
        if self.waiting:
            self.start(turn, self._outcomes())


async def _heard_by(utterance: Utterance, recognizer: Recognizer) -> AsyncGenerator[Transcript, None]:
    """Yield a recogniser's transcripts, of each the words alone."""
    hint = recognizer.hint(recognizer.settings)
    async with aclosing(recognizer.recognize(utterance)) as found:
        async for each in found:
            words = heard_words(each.text, hint)
            if each.final and not words and each.text.strip():
                recognizer.call.log.words("ASR_NOTE: {}", each.text)
            yield each if words == each.text else msgspec.structs.replace(each, text=words)
