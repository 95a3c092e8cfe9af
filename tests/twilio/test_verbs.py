"""TwiML as it is written, beside that of Twilio's own library."""

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import Connect, VoiceResponse

from pipeline.twilio import verbs

# XML 1.0 has no control characters and no surrogates.
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=30)


def same(ours: str, theirs: VoiceResponse) -> bool:
    """True if both are the same XML."""
    return ElementTree.canonicalize(ours) == ElementTree.canonicalize(str(theirs)) and ours.startswith("<?xml")


@given(TEXT, TEXT)
def test_words_and_sounds_are_those_of_twilio(words: str, url: str) -> None:
    """Say, Play and Hangup, in order."""
    theirs = VoiceResponse()
    theirs.say(words, language="he-IL")
    theirs.play(url)
    theirs.hangup()
    assert same(verbs.response(verbs.say(words, "he-IL"), verbs.play(url), verbs.hangup()), theirs)


@given(TEXT, TEXT, TEXT, st.dictionaries(TEXT, TEXT, max_size=4))
def test_a_stream_is_that_of_twilio(url: str, action: str, status: str, parameters: dict[str, str]) -> None:
    """With any parameters."""
    theirs, connect = VoiceResponse(), Connect(action=action)
    stream = connect.stream(url=url, status_callback=status)
    for name, value in parameters.items():
        stream.parameter(name=name, value=value)
    theirs.append(connect)
    assert same(verbs.response(verbs.connect(url, parameters, action=action, status=status)), theirs)


@given(TEXT)
def test_a_rejection_is_that_of_twilio(reason: str) -> None:
    """Whatever its reason."""
    theirs = VoiceResponse()
    theirs.reject(reason=reason)
    assert same(verbs.response(verbs.reject(reason)), theirs)
