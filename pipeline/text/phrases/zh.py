"""The fixed phrases in Chinese."""

PHRASES = {
    "empty": "好的，请问有什么可以帮您？",
    "again": "明白了。您想了解更多细节，还是我们继续？",
    "introduced": "好的。接下来我可以怎么帮您？",
    "unheard": "抱歉，我没听清楚。您能再说一遍吗？",
    "failed": "抱歉，刚才出了点小问题。您能再说一遍吗？",
    "failing": "抱歉，问题还没有解决。请您再试一次。",
    "gave_up": "很抱歉，我现在无法帮您。请稍后再打来。再见。",
    "cut": "抱歉，刚才的话断了。要我继续吗？",
    "silent": "您还在吗？",
    "leaving": "我听不到您的声音，先挂断了。再见。",
    "filler": "请稍等。",
}
INTRODUCTIONS = ("我叫", "我的名字")
EXAMPLE = {
    "greeting": "您好，请问有什么可以帮您？",
    "question": "你好，我想找一套公寓",
    "answer": "好的。请问您想住在哪个城市？",
    "farewell": "再见。",
    "rephrase": "抱歉，您能换个说法吗？",
}
HEARD = {"question": ["你好，我想找一套公寓"], "goodbye": ["再见"]}
