"""The words in a recogniser's transcript: without notes on the sound, and without sentences that stand for silence.

Recognisers that were trained on subtitles write notes, `[BLANK_AUDIO]`, `(music)`, `♪`, and, of noise, the sentences
with which films end; or they repeat the hints that they were given.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.text.normalise import normalise

HINT = 4  # words: a shorter hint may well be the whole of a caller's answer

_NOTE = re.compile(
    r"\[[^\[\]]*\]|【[^【】]*】|<\|[^<>]*\|>|<[a-z_]{2,12}>|\{[^{}]*\}|♪[^♪]*♪|[♩♪♫♬🎵🎶]|\+\+\w+\+\+"
    r"|[(（][^()（）\d]*[)）]|\*[^*\d]+\*"
)
_OUTROS = re.compile(
    r"(?:thanks?(?: you)?|thank you)(?: so much| very much| all| guys| everyone)* for (?:watching|viewing)(?: .*)?"
    r"|(?:please |don t forget to |dont forget to )?(?:like and )?subscribe(?: to (?:my|our|the) channel)?(?: .*)?"
    r"|(?:subtitles?|captions?|transcri(?:bed|ption)|translated?|translation) (?:created )?by .*"
    r"|.*\bamara ?org\b.*|.*\bdimatorzok\b.*"
    r"|see you (?:in the|next) (?:next )?(?:video|time|one)"
    r"|תודה(?: רבה)?(?: לכם)?(?: על הצפייה| שצפיתם| על הצפיה)(?: .*)?|(?:כתוביות|תרגום|תמלול) (?:על ידי|של) .{1,40}"
    r"|אל תשכחו (?:להירשם|לעשות מנוי).*"
    r"|شكرا (?:على المشاهدة|للمشاهدة|لمشاهدتكم)|اشتركوا في القناة|ترجمة نانسي قنقر"
    r"|продолжение следует|спасибо за просмотр|субтитры .*|подписывайтесь на .*"
    r"|gracias por ver(?: el v[ií]deo)?|subtitulos? (?:realizados )?por .*|merci d avoir regarde.*|sous titres? .*"
    r"|vielen dank f[uü]rs? zuschauen|untertitel(?:ung)? .*|obrigad[oa] por assistir|legendas? (?:pela|por) .*"
    r"|grazie per (?:la visione|aver guardato).*|sottotitoli .*"
    r"|ご視聴(?:いただき)?ありがとうございました|チャンネル登録.*|感谢观看|谢谢观看|請不吝點贊.*|字幕由.*"
)


@lru_cache(512)  # interim words repeat, and are asked about once more when they are final
def heard_words(text: str, hint: str = "") -> str:
    """Return the words of a transcript; empty if there are none: no letter or digit, only notes, an outro, or the hint.

    `hint` has the words that the recogniser was told to expect.
    """
    left = " ".join(_NOTE.sub(" ", text).split())
    plain = normalise(left)
    if not plain or _OUTROS.fullmatch(plain):
        return ""
    told = normalise(hint)
    return "" if len(told.split()) >= HINT and plain == told else left
