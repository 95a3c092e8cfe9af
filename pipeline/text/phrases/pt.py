"""The fixed phrases in Portuguese."""

PHRASES = {
    "empty": "Certo, como posso ajudar?",
    "again": "Entendo. Quer mais detalhes ou podemos continuar?",
    "introduced": "Certo. Como posso continuar a ajudar?",
    "unheard": "Desculpe, não ouvi bem. Pode repetir, por favor?",
    "failed": "Desculpe, tive um pequeno problema. Pode repetir, por favor?",
    "failing": "Desculpe, ainda tenho um problema. Tente mais uma vez, por favor.",
    "gave_up": "Lamento, neste momento não posso ajudar. Ligue mais tarde, por favor. Adeus.",
    "cut": "Desculpe, a minha fala foi cortada. Posso continuar?",
    "silent": "Ainda está em linha?",
    "leaving": "Não oiço resposta, por isso vou terminar a chamada. Até logo.",
    "filler": "Um momento, por favor.",
    "take_call": "Pressione 1 para atender a chamada.",
}
INTRODUCTIONS = ("o meu nome é", "meu nome é", "chamo-me", "me chamo")
NODS = (
    "sim, sei, ah, aham, ahã, uhum, hum, mhm, ok, okay, tá, tá bom, está bem, tudo bem, bem, bom, claro, "
    "certo, isso, entendi, entendo, percebo, exato, exatamente, pois, pois é, perfeito, com certeza"
)
EXAMPLE = {
    "greeting": "Bom dia, como posso ajudar?",
    "question": "Bom dia, procuro um apartamento",
    "answer": "Com todo o gosto. Em que cidade?",
    "farewell": "Até logo, tenha um bom dia.",
    "rephrase": "Desculpe, pode dizer isso por outras palavras?",
}
HEARD = {"question": ["apartamento", "casa"], "goodbye": ["adeus", "até logo"]}
