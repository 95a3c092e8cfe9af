"""Questions: the marks that end one, in every script, and the words that begin one."""

from __future__ import annotations

import re
import unicodedata

from pipeline.text.fixed import nods
from pipeline.text.languages import primary
from pipeline.text.normalise import UNSPACED, normalise

# Words with which a question begins. Those that as often begin a clause of another sentence ("quand", "quando", "when"
# alone, "que" without its accent) are left out.
BEGIN = {
    "ar": "هل, ما, ماذا, متى, أين, كيف, كم, لماذا, أي",
    "de": "was, wann, wo, wohin, woher, welche, welcher, welches, wer, warum, wieso, wie, gibt es, haben sie, hast du, "
    "kann ich, können sie, könnten sie, kann man, ist das",
    "en": "what, whats, when can, when could, when do, when does, when is, when are, when will, when would, where, "
    "wheres, which, who, whos, whose, why, how, hows, do you, do i, do we, does, did, is, are, can, could, will, "
    "would, should, have you, has, may i, shall",
    "es": "qué, cuándo, dónde, adónde, cuál, cuáles, quién, quiénes, cómo, cuánto, cuánta, cuántos, cuántas, por qué, "
    "tienen, tiene usted, puedo, hay",
    "fr": "est ce que, questce, quest ce, quel, quelle, quels, quelles, où, pourquoi, comment, combien, avez vous, "
    "puis je, pouvez vous, y a t il",
    "he": "מה, מי, איפה, היכן, מתי, למה, מדוע, איך, כיצד, כמה, איזה, איזו, אילו, האם, לאן, מאיפה, יש לכם, יש לך, אפשר",
    "it": "cosa, che cosa, cosè, dove, dovè, quale, quali, chi, perché, comè, quanto, quanta, quanti, quante, avete, "
    "posso, può, cè",
    "pt": "o que, qual, quais, onde, quem, por que, quanto, quanta, quantos, quantas, vocês têm, posso, pode",
    "ru": "что, когда, где, куда, откуда, какой, какая, какое, какие, кто, почему, зачем, как, сколько, можно, "
    "есть ли, у вас есть",
}  # fmt: skip
# Particles with which one ends.
END = {"hi": "क्या", "ja": "か, かな, ですよね", "zh": "吗, 呢, 嗎"}
# Words that may stand before it; nods may, too.
BEFORE = {
    "ar": "مرحبا, السلام عليكم, و, طيب, من فضلك",
    "de": "hallo, guten tag, guten morgen, und, also, dann, aber, bitte, entschuldigung, sagen sie",
    "en": "hello, hi, hey, good morning, good evening, and, so, but, then, well, please, sorry, excuse me, thanks, "
    "thank you, um, uh",
    "es": "hola, buenos días, buenas tardes, y, pues, entonces, pero, perdón, disculpe, gracias, por favor",
    "fr": "allô, bonjour, bonsoir, et, alors, donc, mais, pardon, excusez moi, merci",
    "he": "שלום, היי, הי, הלו, בוקר טוב, ערב טוב, אז, רגע, סליחה, תודה, בבקשה, תגיד, תגידי, תגידו, ורק, רק",
    "it": "pronto, buongiorno, buonasera, salve, e, allora, quindi, ma, scusi, scusa, grazie",
    "pt": "alô, olá, bom dia, boa tarde, e, então, mas, desculpe, por favor, obrigado, obrigada",
    "ru": "алло, здравствуйте, добрый день, привет, и, а, так, но, тогда, скажите, подскажите, пожалуйста, извините",
}


def _any(words: str) -> str:
    """Return the pattern of any of these words."""
    return "|".join(sorted({re.escape(normalise(word)) for word in words.split(", ")}, key=len, reverse=True))


def _asking(language: str, words: str) -> re.Pattern[str]:
    before = _any(", ".join((BEFORE[language], *nods(language))))
    joined = "ו?" if language == "he" else ""
    return re.compile(rf"(?>(?:{before}) )*{joined}(?:{_any(words)})(?: |$)")


_BEGIN = {language: _asking(language, words) for language, words in BEGIN.items()}
_END = {language: re.compile(rf"(?:^|\s|(?<={UNSPACED}))(?:{_any(words)})$") for language, words in END.items()}


def is_question(text: str, language: str) -> bool:
    """True if a text in this language (BCP 47) ends with a question mark, or its last sentence has a question's words.

    Recognisers give few marks, and none before a sentence is over.
    """
    if (since := since_question(text, language)) is not None and not normalise(since):
        return True
    words, spoken = normalise(re.split(r"[.!?؟。！？…]", text)[-1]), primary(language)
    begins, ends = _BEGIN.get(spoken), _END.get(spoken)
    return (begins is not None and begins.match(words) is not None) or (ends is not None and bool(ends.search(words)))


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
