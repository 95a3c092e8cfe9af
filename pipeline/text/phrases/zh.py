"""The fixed phrases in Chinese."""

PHRASES = {
    "empty": "好的，请问有什么可以帮您？",
    "again": "明白了。您想了解更多细节，还是我们继续？",
    "introduced": "好的。接下来我可以怎么帮您？",
    "unheard": "抱歉，我没听清楚。您能再说一遍吗？",
    "failed": "抱歉，刚才出了点小问题。您能再说一遍吗？",
    "cut": "抱歉，刚才的话断了。要我继续吗？",
}
INTRODUCTIONS = ("我叫", "我的名字", "我是您的")
