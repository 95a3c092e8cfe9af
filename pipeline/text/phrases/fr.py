"""The fixed phrases in French."""

PHRASES = {
    "empty": "Très bien, comment puis-je vous aider ?",
    "again": "Je comprends. Voulez-vous plus de détails, ou passons-nous à la suite ?",
    "introduced": "Très bien. Que puis-je faire de plus pour vous ?",
    "unheard": "Excusez-moi, je n'ai pas bien entendu. Pouvez-vous répéter ?",
    "failed": "Excusez-moi, j'ai eu un petit problème. Pouvez-vous répéter ?",
    "failing": "Excusez-moi, le problème continue. Pouvez-vous essayer encore une fois ?",
    "gave_up": "Je suis désolé, je ne peux pas vous aider pour le moment. Veuillez rappeler plus tard. Au revoir.",
    "cut": "Excusez-moi, j'ai été coupé. Voulez-vous que je continue ?",
    "silent": "Êtes-vous toujours là ?",
    "leaving": "Je ne vous entends pas, je mets donc fin à l'appel. Au revoir.",
    "filler": "Un instant, s'il vous plaît.",
    "connecting": "Un instant, je vous mets en relation.",
    "take_call": "Appuyez sur 1 pour prendre l'appel.",
    "slow": "Cela prend un instant, je m'en occupe.",
    "slower": "J'y travaille encore.",
    "confirm": "C'est bien ça ?",
}
INTRODUCTIONS = ("je m'appelle", "mon nom est", "je me présente")
NODS = (
    "oui, ouais, ah, ah bon, mm, hum, mhm, d'accord, ok, okay, bien, très bien, bon, bien sûr, je vois, "
    "je comprends, compris, exact, exactement, tout à fait, c'est ça, parfait, entendu"
)
FAREWELLS = (
    "au revoir, à bientôt, salut, merci, merci beaucoup, bonne journée, bonne soirée, bonne nuit, "
    "à plus tard, c'est tout"
)
REFUSALS = "non, non non, ce n'est pas ça, c'est faux, pas correct, non merci, annulez, annule"
WAITS = "un instant, un moment, une seconde, une minute, attendez, attends, ne quittez pas, je regarde, laissez-moi"
EXAMPLE = {
    "greeting": "Bonjour, comment puis-je vous aider ?",
    "question": "Bonjour, je cherche un appartement",
    "answer": "Avec plaisir. Dans quelle ville ?",
    "farewell": "Au revoir, bonne journée.",
    "rephrase": "Excusez-moi, pouvez-vous le dire autrement ?",
}
HEARD = {"question": ["appartement", "maison"], "goodbye": ["au revoir"]}
