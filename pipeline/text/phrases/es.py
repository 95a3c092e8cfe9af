"""The fixed phrases in Spanish."""

PHRASES = {
    "empty": "De acuerdo, ¿en qué puedo ayudarle?",
    "again": "Entiendo. ¿Quiere que le dé más detalles o seguimos?",
    "introduced": "De acuerdo. ¿Cómo puedo seguir ayudándole?",
    "unheard": "Perdone, no le he oído bien. ¿Puede repetirlo?",
    "failed": "Perdone, he tenido un pequeño problema. ¿Puede repetirlo?",
    "failing": "Perdone, sigo teniendo un problema. Inténtelo una vez más, por favor.",
    "gave_up": "Lo siento, ahora mismo no puedo ayudarle. Llame más tarde, por favor. Adiós.",
    "cut": "Perdone, se me ha cortado la frase. ¿Continúo?",
    "silent": "¿Sigue ahí?",
    "leaving": "No le oigo, así que termino la llamada. Adiós.",
    "filler": "Un momento, por favor.",
    "connecting": "Un momento, le paso.",
    "take_call": "Pulse 1 para aceptar la llamada.",
    "slow": "Esto tarda un momento, sigo en ello.",
    "slower": "Sigo trabajando en ello.",
    "confirm": "¿Correcto?",
}
INTRODUCTIONS = ("mi nombre es", "me llamo", "le habla", "le atiende")
NODS = (
    "sí, si, ajá, aja, ah, mm, mmm, mhm, ok, okay, vale, claro, bien, muy bien, ya, exacto, correcto, de "
    "acuerdo, entiendo, entendido, ya veo, bueno, perfecto, por supuesto"
)
FAREWELLS = (
    "adiós, hasta luego, hasta pronto, chao, gracias, muchas gracias, buen día, buenas noches, eso es todo, nos vemos"
)
REFUSALS = "no, no no, incorrecto, no es correcto, eso no, no gracias, está mal, cancela"
WAITS = "un momento, un segundo, un minuto, espere, espera, déjeme ver, déjame ver, voy a mirar"
EXAMPLE = {
    "greeting": "Buenos días, ¿en qué puedo ayudarle?",
    "question": "Hola, busco un piso",
    "answer": "Con mucho gusto. ¿En qué ciudad?",
    "farewell": "Adiós, que tenga un buen día.",
    "rephrase": "Perdone, ¿puede decirlo con otras palabras?",
}
HEARD = {"question": ["piso", "casa", "apartamento"], "goodbye": ["adiós"]}
