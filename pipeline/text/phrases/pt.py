"""The fixed phrases in Portuguese."""

PHRASES = {
    "empty": "Certo, como posso ajudar?",
    "again": "Entendo. Quer mais detalhes ou podemos continuar?",
    "introduced": "Certo. Como posso continuar a ajudar?",
    "unheard": "Desculpe, não ouvi bem. Pode repetir, por favor?",
    "failed": "Desculpe, tive um pequeno problema. Pode repetir, por favor?",
    "cut": "Desculpe, a minha fala foi cortada. Posso continuar?",
}
INTRODUCTIONS = ("o meu nome é", "meu nome é", "chamo-me", "me chamo")
