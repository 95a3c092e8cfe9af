"""The language of a config, and the steps that contradict it."""

from __future__ import annotations

import pytest

from pipeline.config import load
from tests.kit.chain import STEPS, chain
from tests.kit.configs import Write, faults

PHONE = 'asr.pocketsphinx: {phrases: ["(hello | hi)"]}'
OPENAI = "asr.openai: {model: m, base_url: 'http://127.0.0.1:9/v1', language: fr}"
RULES = "llm.rules: {intents: [{hear: [x], say: ["


def said(write: Write, language: str, **steps: str | tuple[str, ...]) -> list[str]:
    """The warnings about a config in this language, with their lines; but those about accounts."""
    found = load(write(chain(f"language: {language}\n", **steps)), env={}).warnings
    return [f"{it.line}:{it.column} {it.text}" for it in found if "credentials" not in it.text]


@pytest.mark.parametrize("tag", ["iw-IL", "he-il", "HE_IL", "heb-IL"])
def test_a_tag_is_normalised(write: Write, tag: str) -> None:
    """So that a call, its phrases and its hash have one form of it."""
    config, same = load(write(chain(f"language: {tag}\n"))), load(write(chain("language: he-IL\n")))
    assert config.language == "he-IL" and config.hash == same.hash


@pytest.mark.parametrize(
    ("tag", "hint"),
    [
        ("hebrew", " | did you mean `he`?"),
        ("Englsh", " | did you mean `en`?"),
        ("עברית", " | did you mean `he`?"),
        ("he IL", ""),
        ("gibberish", ""),
    ],
)
def test_a_language_by_its_name_is_told_its_tag(write: Write, tag: str, hint: str) -> None:
    """Where it stands."""
    wanted = f"x.yaml:1:11 `language` wants a BCP 47 tag such as he-IL, got `{tag}`{hint}"
    assert faults(write(chain(f"language: {tag}\n"))) == [wanted]


@pytest.mark.parametrize(
    ("language", "place", "step", "expected"),
    [
        ("he-IL", "asr", PHONE, "6:5 `asr.pocketsphinx` hears English alone, and `language` is he-IL"),
        ("en-GB", "asr", PHONE, ""),
        ("he-IL", "asr", "asr.google: {language: en-US}", "6:28 `language` is not that of the config, he-IL"),
        ("he-IL", "asr", "asr.google: {language: iw-IL}", ""),
        ("he-IL", "asr", "asr.google: {language: en-US, alternatives: [he]}", ""),
        ("he-IL", "asr", OPENAI, "6:73 `language` is not that of the config, he-IL"),
        ("en-US", "tts", "tts.google: {voice: he-IL-Wavenet-A}", "8:25 `voice` speaks he-IL, and `language` is en-US"),
        ("he-IL", "tts", "tts.google: {voice: he-IL-Wavenet-A}", ""),
        ("zh-CN", "tts", "tts.google: {voice: cmn-CN-Wavenet-A}", ""),
        ("he-IL", "tts", "tts.google: {voice: Kore}", ""),
        ("he-IL", "tts", "tts.google: {language: en-GB}", "8:28 `language` speaks en-GB, and `language` is he-IL"),
        ("he-IL", "tts", "tts.espeak: {voice: en-us+f3}", "8:25 `voice` speaks en-us, and `language` is he-IL"),
        ("en-US", "tts", "tts.espeak: {voice: en-us+f3}", ""),
        (
            "he-IL",
            "llm",
            RULES + "Hello]}], fallback: [סליחה]}",
            "7:45 `intents[1].say[1]` is not in the script of",
        ),
        ("he-IL", "llm", RULES + "שלום]}], fallback: [Pardon]}", "7:65 `fallback[1]` is not in the script of the"),
        ("he-IL", "llm", RULES + "שלום]}], fallback: [סליחה]}", ""),
    ],
)
def test_a_step_of_another_language_is_doubtful(
    write: Write, language: str, place: str, step: str, expected: str
) -> None:
    """Recognisers, voices and texts: a warning at the field."""
    found = said(write, language, **{place: step})
    assert len(found) == bool(expected) and all(each.startswith(expected) for each in found)


def test_a_greeting_in_another_script_is_doubtful(write: Write) -> None:
    """And so is a fallback in another language."""
    both = ("end_of_utterance", "greeting: {text: Hello.}")
    voice = "tts.google: {voice: he-IL-Wavenet-A, fallback: [tts.google: {voice: en-US-Wavenet-A}]}"
    assert said(write, "he-IL", end_of_utterance=both, tts=voice) == [
        "6:22 `text` is not in the script of the config's language, he-IL",
        "9:73 `voice` speaks en-US, and `language` is he-IL",
    ]


def test_a_voice_that_espeak_lacks_is_a_fault(write: Write) -> None:
    """As the agent would not start; a voice that is named is left to espeak-ng."""
    (found,) = faults(write(chain("language: tl-PH\n", tts="tts.espeak")))
    assert found.startswith("x.yaml:8:5 `voice`") and "espeak-ng has no voice of its own for `language` tl-PH" in found
    assert not faults(write(chain("language: tl-PH\n", tts="tts.espeak: {voice: en-us}")))
    for tag in ("zh-CN", "nb-NO", "yue-HK", "es-419", "iw"):
        assert not faults(write(chain(f"language: {tag}\n", tts="tts.espeak")))


def test_a_language_without_phrases_is_a_warning(write: Write) -> None:
    """With the file to add and the settings to set instead; none if all of them are."""
    config = load(write(chain("language: sv-SE\n", llm=(STEPS["llm"], "intro_filter"))), env={})
    (warning,) = config.warnings
    assert (warning.line, warning.column) == (1, 11)
    assert warning.text == "`language` sv-SE has no fixed phrases: some sentences would be English"
    assert "phrases/sv.py, or set `nods` of `end_of_utterance`; " in warning.hint
    assert "`empty`, `again`, `unheard`, `failed`, `failing`, `gave_up` of `llm.script`; `instead`" in warning.hint
    words = "llm.script: {say: [a], empty: b, again: c, unheard: d, failed: e, failing: f, gave_up: g}"
    steps = {"end_of_utterance": "end_of_utterance: {nods: [i]}", "llm": words, "pacer": "pacer: {filler: h}"}
    assert said(write, "sv-SE", **steps) == []
    assert said(write, "xx", **steps) == [] and "is no known language" in said(write, "xx")[0]
