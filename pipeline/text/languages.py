"""Languages: their tags (BCP 47) in one canonical form, and the script that each is written in."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# ISO 639-1 and 639-2 codes of a language; both 639-2 codes where they differ.
# Source: https://www.loc.gov/standards/iso639-2/php/code_list.php
_CODES = """
aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel bg:bul bi:bis bm:bam
bn:ben bo:bod,tib br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:ces,cze cu:chu cv:chv cy:cym,wel da:dan
de:deu,ger dv:div dz:dzo ee:ewe el:ell,gre en:eng eo:epo es:spa et:est eu:eus,baq fa:fas,per ff:ful fi:fin fj:fij fo:fao
fr:fra,fre fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv ht:hat hu:hun hy:hye,arm
hz:her ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido is:isl,ice it:ita iu:iku ja:jpn jv:jav ka:kat,geo kg:kon ki:kik
kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau ks:kas ku:kur kv:kom kw:cor ky:kir la:lat lb:ltz lg:lug li:lim ln:lin
lo:lao lt:lit lu:lub lv:lav mg:mlg mh:mah mi:mri,mao mk:mkd,mac ml:mal mn:mon mr:mar ms:msa,may mt:mlt my:mya,bur na:nau
nb:nob nd:nde ne:nep ng:ndo nl:nld,dut nn:nno no:nor nr:nbl nv:nav ny:nya oc:oci oj:oji om:orm or:ori os:oss pa:pan
pi:pli pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:ron,rum ru:rus rw:kin sa:san sc:srd sd:snd se:sme sg:sag si:sin
sk:slk,slo sl:slv sm:smo sn:sna so:som sq:sqi,alb sr:srp ss:ssw st:sot su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha
ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur ts:tso tt:tat tw:twi ty:tah ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol
wa:wln wo:wol xh:xho yi:yid yo:yor za:zha zh:zho,chi zu:zul
"""
_OLD = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro"}  # codes withdrawn by ISO 639
_MEMBERS = {"cmn": "zh", "arb": "ar", "nb": "no", "nn": "no"}  # languages whose code may be that of a larger one
NAMES = {
    "arabic": "ar", "chinese": "zh", "czech": "cs", "danish": "da", "dutch": "nl", "english": "en", "finnish": "fi",
    "french": "fr", "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu", "italian": "it",
    "japanese": "ja", "korean": "ko", "norwegian": "no", "polish": "pl", "portuguese": "pt", "romanian": "ro",
    "russian": "ru", "spanish": "es", "swedish": "sv", "thai": "th", "turkish": "tr", "ukrainian": "uk",
    "vietnamese": "vi", "עברית": "he", "deutsch": "de", "español": "es", "français": "fr", "italiano": "it",
    "português": "pt", "русский": "ru", "العربية": "ar",
}  # fmt: skip
_SCRIPTS = {
    "ar": "ARABIC", "fa": "ARABIC", "ur": "ARABIC", "he": "HEBREW", "yi": "HEBREW", "ru": "CYRILLIC", "uk": "CYRILLIC",
    "bg": "CYRILLIC", "el": "GREEK", "hi": "DEVANAGARI", "mr": "DEVANAGARI", "ne": "DEVANAGARI", "th": "THAI",
    "ko": "HANGUL", "zh": "CJK", "ja": "CJK HIRAGANA KATAKANA",
    **dict.fromkeys(("cs", "da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "no", "pl", "pt", "ro"), "LATIN"),
    **dict.fromkeys(("sv", "tr", "vi"), "LATIN"),
}  # fmt: skip

CODES = {code: short for short, _, longer in (it.partition(":") for it in _CODES.split()) for code in longer.split(",")}
KNOWN = frozenset(CODES.values())


def canonical(tag: str) -> str:
    """Return a language's tag as BCP 47 writes it: `he-IL` for `iw_il` or `heb-IL`, `zh-Hans-CN` for `ZH-hans-cn`."""
    first, *rest = re.split(r"[-_]", tag)
    first = first.lower()
    first = _OLD.get(first, CODES.get(first, first))
    return "-".join([first, *map(_subtag, rest)])


@lru_cache(256)  # asked for with each fixed phrase
def primary(tag: str) -> str:
    """Return the code of a tag's language, without script and region: `he` for `iw-IL`, `zh` for `cmn-Hans-CN`."""
    first = canonical(tag).partition("-")[0]
    return _MEMBERS.get(first, first)


def same_language(one: str, other: str) -> bool:
    """True if two tags are of one language, in whichever region."""
    return primary(one) == primary(other)


def is_foreign(text: str, tag: str) -> bool:
    """True if a text has letters, and none of them is of the script that the language is written in."""
    script = _SCRIPTS.get(primary(tag), "")
    found = {unicodedata.name(char, "").partition(" ")[0] for char in text if char.isalpha()}
    return bool(script and found) and not found & set(script.split())


def written_in(text: str, usual: str) -> str:
    """Return the usual language, or, if the text has no letter of its script, one whose script it is written in."""
    if not is_foreign(text, usual):
        return usual
    return next((code for code in _SCRIPTS if not is_foreign(text, code)), usual)


def _subtag(part: str) -> str:
    if len(part) == 4 and part.isalpha():
        return part.title()  # a script
    return part.upper() if len(part) == 2 and part.isalpha() else part
