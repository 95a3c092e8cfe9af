"""The fixed phrases in German."""

PHRASES = {
    "empty": "Gut, wie kann ich Ihnen helfen?",
    "again": "Ich verstehe. Soll ich mehr dazu sagen, oder machen wir weiter?",
    "introduced": "Gut. Wie kann ich Ihnen dabei weiterhelfen?",
    "unheard": "Entschuldigung, das habe ich nicht verstanden. Können Sie es bitte wiederholen?",
    "failed": "Entschuldigung, ich hatte ein kleines Problem. Können Sie das bitte noch einmal sagen?",
    "failing": "Entschuldigung, das Problem besteht noch. Bitte versuchen Sie es noch einmal.",
    "gave_up": "Leider kann ich Ihnen gerade nicht helfen. Bitte rufen Sie später noch einmal an. Auf Wiederhören.",
    "cut": "Entschuldigung, ich wurde unterbrochen. Soll ich fortfahren?",
    "silent": "Sind Sie noch da?",
    "leaving": "Ich höre Sie leider nicht und beende das Gespräch. Auf Wiederhören.",
    "filler": "Einen Moment, bitte.",
    "connecting": "Einen Moment, ich verbinde Sie.",
    "take_call": "Drücken Sie die 1, um den Anruf anzunehmen.",
    "slow": "Das dauert einen Moment, ich bin noch dabei.",
    "slower": "Ich arbeite noch daran.",
    "confirm": "Richtig?",
}
INTRODUCTIONS = ("mein name ist", "ich heiße", "sie sprechen mit")
NODS = (
    "ja, jaja, jo, ah, aha, ach so, achso, hm, hmm, mhm, mh, ok, okay, genau, richtig, gut, klar, alles "
    "klar, verstehe, verstanden, stimmt, sicher, in Ordnung, gerne"
)
FAREWELLS = (
    "tschüss, tschüs, auf Wiedersehen, auf Wiederhören, ciao, bis dann, bis bald, danke, danke schön, "
    "vielen Dank, schönen Tag, schönen Tag noch, schönen Abend, das war alles, mach's gut"
)
REFUSALS = (
    "nein, nee, nö, nein nein, nicht richtig, falsch, das ist falsch, stimmt nicht, das stimmt nicht, nein danke, stopp"
)
WAITS = (
    "Moment, einen Augenblick, eine Sekunde, eine Minute, warten Sie, warte, ich schaue, ich sehe nach, lassen Sie mich"
)
EXAMPLE = {
    "greeting": "Guten Tag, wie kann ich Ihnen helfen?",
    "question": "Guten Tag, ich suche eine Wohnung",
    "answer": "Gern. In welcher Stadt?",
    "farewell": "Auf Wiederhören.",
    "rephrase": "Entschuldigung, können Sie das anders sagen?",
}
HEARD = {"question": ["Wohnung", "Haus"], "goodbye": ["auf Wiederhören", "tschüss"]}
