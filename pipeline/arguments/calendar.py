"""The names of days and months, by a language's primary tag (BCP 47), and the order in which a date is said."""

from __future__ import annotations

from collections.abc import Mapping

_DAYS = {  # from Monday
    "he": "יום שני,יום שלישי,יום רביעי,יום חמישי,יום שישי,שבת,יום ראשון",
    "en": "Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,Sunday",
    "de": "Montag,Dienstag,Mittwoch,Donnerstag,Freitag,Samstag,Sonntag",
    "es": "lunes,martes,miércoles,jueves,viernes,sábado,domingo",
    "fr": "lundi,mardi,mercredi,jeudi,vendredi,samedi,dimanche",
    "ru": "понедельник,вторник,среда,четверг,пятница,суббота,воскресенье",
}
_MONTHS = {
    "he": "בינואר,בפברואר,במרץ,באפריל,במאי,ביוני,ביולי,באוגוסט,בספטמבר,באוקטובר,בנובמבר,בדצמבר",
    "en": "January,February,March,April,May,June,July,August,September,October,November,December",
    "de": "Januar,Februar,März,April,Mai,Juni,Juli,August,September,Oktober,November,Dezember",
    "es": "enero,febrero,marzo,abril,mayo,junio,julio,agosto,septiembre,octubre,noviembre,diciembre",
    "fr": "janvier,février,mars,avril,mai,juin,juillet,août,septembre,octobre,novembre,décembre",
    "ru": "января,февраля,марта,апреля,мая,июня,июля,августа,сентября,октября,ноября,декабря",
}

DAYS: Mapping[str, list[str]] = {code: names.split(",") for code, names in _DAYS.items()}
MONTHS: Mapping[str, list[str]] = {code: names.split(",") for code, names in _MONTHS.items()}
IN_WORDS: Mapping[str, str] = {
    "he": "{weekday}, {day} {month}",
    "en": "{weekday}, {month} {day}",
    "de": "{weekday}, {day}. {month}",
    "es": "{weekday} {day} de {month}",
    "fr": "{weekday} {day} {month}",
    "ru": "{weekday}, {day} {month}",
}
