"""The caller's lines in the GO test, and the behaviour expected of the agent."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.catalog import find
from pipeline.config import Config
from pipeline.phone import script
from pipeline.phone.script import Action, Answer, InterruptAfter, Pcm, Say, Wav
from pipeline.text import Phrases
from pipeline.tools.go.observed import Expected
from pipeline.tools.go.options import GoOptions
from pipeline.tools.go.steps import STEPS, CallerLine

SAID = {  # lines of a caller without a script, by language
    "en": (
        "Hello, I am looking for an apartment.",
        "Three rooms, please.",
        "In Tel Aviv.",
        "Call me tomorrow at five.",
    ),
    "he": ("שלום, אני מחפש דירה", "שלושה חדרים בבקשה", "בתל אביב", "תתקשרו אליי מחר בחמש"),
}
INTRODUCTIONS = ("my name is", "i specialise in", "i specialize in")  # besides those of `intro_filter`


def chosen(options: GoOptions) -> tuple[int, ...]:
    """Return the numbers of the steps to run: those of `--step`, else all."""
    return options.steps or tuple(range(1, len(STEPS) + 1))


def actions(options: GoOptions, config: Config | None) -> tuple[Action, ...]:
    """Return the caller's actions in all steps to run, for stand-ins to hear and answer."""
    said, expected = lines(options, config), expectations(options, config)
    return tuple(action for number in chosen(options) for action in STEPS[number - 1].script(said, expected))


def lines(options: GoOptions, config: Config | None) -> Sequence[CallerLine]:
    """Return at least two caller's lines: `--wav` and `--say`, or `--script`, or the config's `caller`, or `SAID`."""
    said: Sequence[Action] = (*(Wav(path=path) for path in options.wavs), *(Say(text=text) for text in options.say))
    path = options.script or (config.caller if config is not None else None)
    if not said and path is not None:
        said = script.load(path)
    if not (found := _lines(said)):
        tongue = language(options, config).split("-")[0]
        found = [(Say(text=text),) for text in SAID.get(tongue, SAID["en"])]
    return found if len(found) > 1 else found * 2


def language(options: GoOptions, config: Config | None) -> str:
    """Return the language that the caller speaks, a BCP 47 tag."""
    return options.language or (config.language if config is not None else "en-US")


def expectations(options: GoOptions, config: Config | None) -> Expected:
    """Return the behaviour expected of the agent, from its config and the options."""
    steps = config.steps if config is not None else ()
    greetings = [step.settings for step in steps if step.word == "greeting" and step.settings.text.strip()]
    filters = [step.settings for step in steps if step.word == "intro_filter"] + [find("intro_filter").Settings()]
    configured = bool(greetings) if config is not None else None
    return Expected(
        greeting=configured if options.greeting is None else options.greeting == "yes",
        after=greetings[0].after if greetings else 0.8,
        patience=options.patience,
        introductions=Phrases([*INTRODUCTIONS, *(phrase for each in filters for phrase in each.introductions)]),
    )


def _lines(said: Sequence[Action]) -> list[CallerLine]:
    lines: list[list[Action]] = []
    for action in said:
        speech = action.speech if isinstance(action, InterruptAfter) else action
        if isinstance(speech, Say | Wav | Pcm):
            lines.append([speech])
        elif isinstance(speech, Answer) and lines:
            lines[-1].append(speech)
    return list(lines)
