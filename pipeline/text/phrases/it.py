"""The fixed phrases in Italian."""

PHRASES = {
    "empty": "Va bene, come posso aiutarla?",
    "again": "Capisco. Vuole qualche dettaglio in più o andiamo avanti?",
    "introduced": "Va bene. Come posso aiutarla ancora?",
    "unheard": "Mi scusi, non ho sentito bene. Può ripetere?",
    "failed": "Mi scusi, ho avuto un piccolo problema. Può ripetere?",
    "failing": "Mi scusi, ho ancora un problema. Provi ancora una volta, per favore.",
    "gave_up": "Mi dispiace, in questo momento non posso aiutarla. Richiami più tardi, per favore. Arrivederci.",
    "cut": "Mi scusi, la frase si è interrotta. Continuo?",
    "silent": "È ancora in linea?",
    "leaving": "Non la sento, quindi chiudo la chiamata. Arrivederci.",
    "filler": "Un momento, per favore.",
    "connecting": "Un momento, la metto in contatto.",
    "take_call": "Premi 1 per accettare la chiamata.",
    "slow": "Ci vuole un momento, ci sto lavorando.",
    "slower": "Ci sto ancora lavorando.",
    "confirm": "Giusto?",
}
INTRODUCTIONS = ("mi chiamo", "il mio nome è", "mi presento")
NODS = (
    "sì, si, già, ah, aha, mm, mhm, hm, ok, okay, va bene, bene, certo, capito, ho capito, capisco, "
    "esatto, giusto, d'accordo, perfetto, sicuro"
)
FAREWELLS = (
    "arrivederci, ciao, a presto, grazie, grazie mille, buona giornata, buona serata, buona notte, è tutto, a dopo"
)
REFUSALS = "no, no no, non è giusto, sbagliato, è sbagliato, no grazie, annulla"
WAITS = "un momento, un attimo, un secondo, un minuto, aspetti, aspetta, attenda, mi faccia vedere"
EXAMPLE = {
    "greeting": "Buongiorno, come posso aiutarla?",
    "question": "Buongiorno, cerco un appartamento",
    "answer": "Volentieri. In quale città?",
    "farewell": "Arrivederci.",
    "rephrase": "Mi scusi, può dirlo con altre parole?",
}
HEARD = {"question": ["appartamento", "casa"], "goodbye": ["arrivederci"]}
