"""The fixed phrases of each language: what is said for an empty reply, an unheard question, a failure."""

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
    """A fixed phrase in the call's language; English where there is none."""
    return PHRASES.get(language.split("-")[0].lower(), PHRASES["en"])[name]
