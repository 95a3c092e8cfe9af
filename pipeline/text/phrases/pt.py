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
    "connecting": "Um momento, vou transferir a chamada.",
    "take_call": "Pressione 1 para atender a chamada.",
    "slow": "Isto demora um momento, ainda estou tratando disso.",
    "slower": "Ainda estou trabalhando nisso.",
    "confirm": "Certo?",
}
INTRODUCTIONS = ("o meu nome é", "meu nome é", "chamo-me", "me chamo")
NODS = (
    "sim, sei, ah, aham, ahã, uhum, hum, mhm, ok, okay, tá, tá bom, está bem, tudo bem, bem, bom, claro, "
    "certo, isso, entendi, entendo, percebo, exato, exatamente, pois, pois é, perfeito, com certeza"
)
FAREWELLS = (
    "tchau, adeus, até logo, até mais, obrigado, obrigada, muito obrigado, muito obrigada, bom dia, "
    "boa tarde, boa noite, é só isso"
)
REFUSALS = "não, não não, errado, está errado, não está certo, não obrigado, não obrigada, cancela, cancele"
WAITS = "um momento, um segundo, um minuto, um instante, espere, espera, aguarde, deixe-me ver, só um"
EXAMPLE = {
    "greeting": "Bom dia, como posso ajudar?",
    "question": "Bom dia, procuro um apartamento",
    "answer": "Com todo o gosto. Em que cidade?",
    "farewell": "Até logo, tenha um bom dia.",
    "rephrase": "Desculpe, pode dizer isso por outras palavras?",
}
HEARD = {"question": ["apartamento", "casa"], "goodbye": ["adeus", "até logo"]}
