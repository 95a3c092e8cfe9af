"""Questions: the marks that end one, in every script."""

from __future__ import annotations

import unicodedata


def since_question(text: str, language: str = "") -> str | None:
    """Return what stands behind the last question mark of a text, of any script; None if it has none.

    Greek (language `el`, BCP 47) writes `;` for it. The Spanish mark that begins a question is none.
    """
    for at in range(len(text) - 1, -1, -1):
        if _ends_question(text[at], language):
            return text[at + 1 :]
    return None


def _ends_question(sign: str, language: str) -> bool:
    if sign == ";":
        return language.startswith("el")
    name = "" if sign.isalnum() else unicodedata.name(sign, "")
    return "QUESTION" in name and "INVERTED" not in name
