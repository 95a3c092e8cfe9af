"""The fixed phrases in Spanish."""

PHRASES = {
    "empty": "De acuerdo, ¿en qué puedo ayudarle?",
    "again": "Entiendo. ¿Quiere que le dé más detalles o seguimos?",
    "introduced": "De acuerdo. ¿Cómo puedo seguir ayudándole?",
    "unheard": "Perdone, no le he oído bien. ¿Puede repetirlo?",
    "failed": "Perdone, he tenido un pequeño problema. ¿Puede repetirlo?",
    "cut": "Perdone, se me ha cortado la frase. ¿Continúo?",
}
INTRODUCTIONS = ("mi nombre es", "me llamo", "le habla", "le atiende")
