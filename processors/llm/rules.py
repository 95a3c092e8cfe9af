"""A conversation by rules: no model, no network, the same answer every time."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable
from contextlib import suppress
from functools import lru_cache
from typing import Annotated, Any

import msgspec

from pipeline.faults import nearest
from pipeline.frames import Hangup
from pipeline.llm import Dialogue, DialogueSettings, Message
from pipeline.llm.asked import Asked
from pipeline.memory import Use
from pipeline.settings import doc
from pipeline.text import normalise
from pipeline.text.languages import is_foreign
from pipeline.text.normalise import PREFIXES
from pipeline.uses.results import filled
from pipeline.vocabulary import Cause, UseOutcome

WORKED = (UseOutcome.DONE, UseOutcome.REPEATED)
_SLOT = re.compile(r"\{(\w+)\}")
_PLACE = re.compile(r"\{[\w.]+\}")


class Intent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"arguments": "with"}):
    """One intent of the caller, with the words that express it and the reply to it."""

    hear: Annotated[list[str], doc("Words that express it; {slot} stands for any of the slot's values.", some=True)]
    say: Annotated[list[str], doc("Replies; the first whose {slots} are all known is given.", some=True)]
    during: Annotated[str, doc("Only while this topic is open; blank: always.")] = ""
    then: Annotated[str, doc("The topic that the reply opens; blank: it stays.")] = ""
    hang_up: Annotated[bool, doc("End the call once the reply has been heard.")] = False
    use: Annotated[str, doc("The tool that is used before the reply, which may have {result.NAME}; blank: none.")] = ""
    arguments: Annotated[dict[str, Any], doc("Its arguments; a {slot} stands for what was understood.")] = {}
    failed: Annotated[list[str], doc("Said if the use fails; default: `failed` of the step.")] = []


class RulesDialogue(Dialogue):
    """Finds the intent in the caller's words and gives its reply, the slots understood so far filled in."""

    class Settings(DialogueSettings, frozen=True, kw_only=True):
        intents: Annotated[
            list[Intent],
            doc(
                "The intents that are understood.",
                some=True,
                sample=[{"hear": ["goodbye", "bye"], "say": ["Goodbye."], "hang_up": True}],
            ),
        ]
        fallback: Annotated[
            list[str],
            doc(
                "Said, one after the other, when no intent fits.",
                some=True,
                sample=["Sorry, could you say that in other words?"],
            ),
        ]
        slots: Annotated[dict[str, list[str]], doc("The values that each {slot} may have.")] = {}

        def doubts_in(self, language: str) -> Iterable[tuple[str, str]]:
            replies = {f"intents[{number}].say": intent.say for number, intent in enumerate(self.intents, 1)}
            for path, texts in {**replies, "fallback": self.fallback}.items():
                for number, text in enumerate(texts, 1):
                    if is_foreign(_PLACE.sub("", text), language):
                        yield f"{path}[{number}]", f"is not in the script of the config's language, {language}"

        def faults(self) -> Iterable[tuple[str, str]]:
            missing: set[str] = set()
            for path, name in self.named():
                if name not in self.slots and name not in missing:
                    missing.add(name)
                    near = nearest(name, self.slots)
                    meant = f"; did you mean {{{near}}}?" if near else ""
                    yield path, f"uses the slot {{{name}}}, which `slots` does not have{meant}"
            topics = {intent.then for intent in self.intents}
            for number, intent in enumerate(self.intents, 1):
                if intent.during and intent.during not in topics:
                    yield f"intents[{number}]", f"waits for the topic `{intent.during}`, which no `then` opens"

        def named(self) -> Iterable[tuple[str, str]]:
            """Yield each slot used in the intents' texts, after the path of the text."""
            for number, intent in enumerate(self.intents, 1):
                given = [it for it in intent.arguments.values() if isinstance(it, str)]
                for field, texts in (("hear", intent.hear), ("say", intent.say), ("failed", intent.failed)):
                    for place, text in enumerate(texts, 1):
                        yield from ((f"intents[{number}].{field}[{place}]", name) for name in _SLOT.findall(text))
                yield from ((f"intents[{number}].with", name) for it in given for name in _SLOT.findall(it))

    asks_ahead = False  # `answer` changes the slots and the topic, and costs no time
    recorded = False

    settings: Settings

    def begin(self) -> None:
        self.topic = ""
        self.known: dict[str, str] = {}
        self.fallbacks = 0
        self.used: dict[str, Intent] = {}  # the last intent that used a tool, by the tool's name
        self.answered: tuple[int, str] | None = None  # the conversation that was answered last: lines, the last one
        self.seen = 0  # the number of the last use whose result was said

    async def answer(self, history: list[Message]) -> AsyncGenerator[str | Asked, None]:
        here = len(history), history[-1].text
        asked = here != self.answered and history[-1].role == "user"
        if asked:  # a refusal of an earlier reply, such as for a read-back, is no answer to these words
            self.seen = max((use.number for use in self.call.memory.uses), default=0)
        for use in self.call.memory.uses:
            if use.outcome is not None and use.name in self.used and (use.number > self.seen or use in self.owing):
                self.seen = max(self.seen, use.number)
                yield self.result_of(use, self.used[use.name]) + " "
        if asked:
            self.answered = here
            yield self.reply_to(history[-1].text)

    def reply_to(self, text: str) -> str | Asked:
        """Return the reply to the caller's words; intents of the open topic win, then the longest match."""
        found = max(self.meanings(normalise(text)), key=lambda it: it[0], default=None)
        if found is None:
            self.fallbacks += 1
            return self.settings.fallback[(self.fallbacks - 1) % len(self.settings.fallback)]
        _, intent, slots = found
        self.known |= slots
        self.topic = intent.then or self.topic
        if intent.hang_up:
            self.leaving.mean(Hangup(Cause.GOODBYE))
        if not intent.use:
            return self.fill(intent.say)
        self.used[intent.use] = intent
        given = {name: self.given(it) for name, it in intent.arguments.items()}
        arguments = msgspec.json.encode({name: it for name, it in given.items() if it != ""}).decode()
        return Asked(index=0, name=intent.use, arguments=arguments, whole=True)

    def given(self, argument: Any) -> Any:
        """Return an argument with its slots filled in; blank if none of them is known."""
        return _SLOT.sub(lambda slot: self.known.get(slot[1], ""), argument) if isinstance(argument, str) else argument

    def result_of(self, use: Use, intent: Intent) -> str:
        """Return the reply of an intent whose tool was used."""
        if use.outcome in WORKED:
            for text in intent.say:
                with suppress(LookupError, TypeError, ValueError):
                    return self.fill([filled(text, use.result)])
        return self.fill(intent.failed) or self.settings.fixed("failed", self.call.language)

    def meanings(self, words: str) -> Iterable[tuple[tuple[bool, int], Intent, dict[str, str]]]:
        """Yield each intent that fits, after its rank and before the values of its slots."""
        for number, intent in enumerate(self.settings.intents):
            if intent.during and intent.during != self.topic:
                continue
            for pattern in intent.hear:
                if match := self.pattern(pattern).search(words):
                    slots = {name: self.value(name, match[name]) for name in match.groupdict()}
                    yield (bool(intent.during), len(match[0])), self.settings.intents[number], slots

    def pattern(self, hear: str) -> re.Pattern[str]:
        used = tuple((name, tuple(self.settings.slots[name])) for name in dict.fromkeys(_SLOT.findall(hear)))
        return _pattern(hear, used)

    def value(self, name: str, heard: str) -> str:
        """Return the slot's value in the config's spelling."""
        return next((value for value in self.settings.slots[name] if normalise(value) == heard), heard)

    def fill(self, replies: list[str]) -> str:
        for reply in replies:
            if all(name in self.known for name in _SLOT.findall(reply)):
                text = _SLOT.sub(lambda slot: self.known[slot[1]], reply)
                return text[:1].upper() + text[1:]
        return ""


@lru_cache(1024)
def _pattern(hear: str, slots: tuple[tuple[str, tuple[str, ...]], ...]) -> re.Pattern[str]:
    """Compile a pattern of whole words, a Hebrew prefix letter allowed before each; longer slot values match first."""
    parts = []
    for index, piece in enumerate(_SLOT.split(hear)):
        if index % 2:
            values = sorted((normalise(value) for value in dict(slots)[piece]), key=len, reverse=True)
            parts.append(f"(?:[{PREFIXES}])?(?P<{piece}>{'|'.join(map(re.escape, values))})")
        elif words := normalise(piece):
            parts.append(f"(?:[{PREFIXES}])?{re.escape(words)}")
    return re.compile(rf"(?<!\w){' '.join(parts)}(?!\w)".replace(r"\ ", " "))
