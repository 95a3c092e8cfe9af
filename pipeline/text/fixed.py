"""The fixed phrases of each language: for an empty reply, an utterance without words, a failure."""

from __future__ import annotations

PHRASES = {
    "he": {
        "empty": "בסדר, איך אוכל לסייע?",
        "again": "הבנתי. תרצה שאפרט או להתקדם?",
        "introduced": "בסדר. איך אוכל לקדם את זה עבורך?",
        "unheard": "סליחה, לא שמעתי. אפשר לחזור על זה?",
        "failed": "סליחה, יש לי תקלה קטנה. אפשר לומר את זה שוב?",
        "cut": "סליחה, נקטעתי באמצע. להמשיך?",
    },
    "en": {
        "empty": "All right, how can I help?",
        "again": "I see. Shall I go into detail, or shall we move on?",
        "introduced": "All right. How can I take this further for you?",
        "unheard": "Sorry, I did not catch that. Could you say it again?",
        "failed": "Sorry, I had a small problem. Could you say that again?",
        "cut": "Sorry, I was cut off. Shall I go on?",
    },
}


def phrase(name: str, language: str) -> str:
    """Return a fixed phrase in the call's language, or in English if that language has none.

    `name` is a key of PHRASES; raises KeyError for any other.
    """
    return PHRASES.get(language.split("-")[0].lower(), PHRASES["en"])[name]
