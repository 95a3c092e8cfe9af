"""Words that end no sentence: a text that ends with one goes on."""

from __future__ import annotations

import re
from string import ascii_lowercase

from pipeline.text.languages import primary
from pipeline.text.normalise import UNSPACED, normalise

PHONE = 9  # digits that a number which begins with 0 has at least

# Conjunctions, articles, prepositions that stand before their noun, and the sounds of a speaker who looks for words.
# Words that also end sentences ("what for", "where from", "so") are left out.
WORDS = {
    "ar": "و, أو, ثم, لكن, ولكن, لأن, من, إلى, في, على, عن, مع, أن, إن, إذا, الذي, التي",
    "de": "und, oder, aber, weil, dass, wenn, der, die, den, dem, des, ein, eine, einen, einem, einer, mein, meine, "
    "meinen, für, von, im, in, am, bei, zum, zur, äh, ähm",
    "en": "and, or, but, because, if, the, a, an, my, your, our, their, its, of, than, very, which, whose, whether, "
    "im, youre, theyre, ive, uh, um, er, erm, uhm",
    "es": "y, e, o, u, pero, porque, que, el, la, los, las, un, una, unos, unas, mi, tu, su, mis, sus, de, del, a, "
    "al, en, con, por, para, sin, sobre, entre, muy, eh",
    "fr": "et, ou, mais, parce que, que, si, le, la, les, un, une, des, du, de, au, aux, mon, ma, mes, votre, vos, "
    "son, sa, ses, notre, nos, en, dans, sur, avec, pour, par, sans, chez, très, je, euh",
    "he": "ו, או, של, את, עם, על, אל, כי, אבל, אם, ש, כמו, בין, בגלל, כדי, אצל, לפי, אה, אמ, אממ, ה, ב, ל, מ",
    "hi": "और, या, लेकिन, क्योंकि, अगर, कि, का, की, के, में, से, को, पर",
    "it": "e, ed, o, ma, perché, che, se, il, lo, la, i, gli, le, un, uno, una, di, del, dello, della, dei, degli, "
    "delle, a, al, allo, alla, ai, alle, da, dal, dalla, in, nel, nella, con, su, sul, sulla, per, tra, fra, mio, mia, "
    "ehm",
    "ja": "が, は, を, に, けれど, えっと, あの, ええと",
    "pt": "e, ou, mas, porque, que, se, o, a, os, as, um, uma, de, do, da, dos, das, em, no, na, nos, nas, ao, à, com, "
    "por, pelo, pela, para, sem, meu, minha, muito, hum",
    "ru": "и, или, но, а, что, чтобы, если, потому что, в, во, на, с, со, к, ко, о, об, от, до, из, за, для, по, под, "
    "при, без, через, мой, моя, не, э, эм",
    "zh": "和, 或, 或者, 但是, 因为, 如果, 跟, 从, 把, 被",
}
DIGITS = {
    "en": "zero one two three four five six seven eight nine oh",
    "he": "אפס אחת שתיים שלוש ארבע חמש שש שבע שמונה תשע",
}

OTHER_SCRIPTS = ("ar", "he", "hi", "ja", "ru", "zh")


def _ends(words: str) -> re.Pattern[str]:
    found = sorted({re.escape(normalise(word)) for word in words.split(", ")}, key=len, reverse=True)
    return re.compile(rf"(?:^|\s|(?<={UNSPACED}))(?:{'|'.join(found)})$")


_ENDS = {language: _ends(words) for language, words in WORDS.items()}
_LATIN = set(ascii_lowercase)
_SPOKEN = {language: words.split() for language, words in DIGITS.items()}


def is_unfinished(text: str, language: str) -> bool:
    """True if a text in this language (BCP 47) ends with a word that ends no sentence, or within a phone number.

    A phone number begins with 0 and has nine digits or more. Of a language without a list only those are known. Words
    in Latin letters are English in a language that is written in others.
    """
    words, spoken = normalise(text), primary(language)
    if not _LATIN.isdisjoint(words[-1:]) and spoken in OTHER_SCRIPTS:
        spoken = "en"  # the words that recognisers of these languages write in Latin letters
    ends = _ENDS.get(spoken)
    return (ends is not None and ends.search(words) is not None) or _in_number(words, spoken)


def _in_number(words: str, language: str) -> bool:
    """True if the last words are the first digits of a phone number."""
    spoken = _SPOKEN.get(language, _SPOKEN["en"])
    digits = ""
    for word in reversed(words.split()):
        digit = str(spoken.index(word) % 10) if word in spoken else word
        if not digit.isdecimal():
            break
        digits = digit + digits
    return digits.startswith("0") and 1 < len(digits) < PHONE
