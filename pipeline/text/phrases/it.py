"""The fixed phrases in Italian."""

PHRASES = {
    "empty": "Va bene, come posso aiutarla?",
    "again": "Capisco. Vuole qualche dettaglio in più o andiamo avanti?",
    "introduced": "Va bene. Come posso aiutarla ancora?",
    "unheard": "Mi scusi, non ho sentito bene. Può ripetere?",
    "failed": "Mi scusi, ho avuto un piccolo problema. Può ripetere?",
    "cut": "Mi scusi, la frase si è interrotta. Continuo?",
    "silent": "È ancora in linea?",
    "leaving": "Non la sento, quindi chiudo la chiamata. Arrivederci.",
}
INTRODUCTIONS = ("mi chiamo", "il mio nome è", "mi presento")
EXAMPLE = {
    "greeting": "Buongiorno, come posso aiutarla?",
    "question": "Buongiorno, cerco un appartamento",
    "answer": "Volentieri. In quale città?",
    "farewell": "Arrivederci.",
    "rephrase": "Mi scusi, può dirlo con altre parole?",
}
HEARD = {"question": ["appartamento", "casa"], "goodbye": ["arrivederci"]}
