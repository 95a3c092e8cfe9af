"""The fixed phrases in English."""

PHRASES = {
    "empty": "All right, how can I help?",
    "again": "I see. Shall I go into detail, or shall we move on?",
    "introduced": "All right. How can I take this further for you?",
    "unheard": "Sorry, I did not catch that. Could you say it again?",
    "failed": "Sorry, I had a small problem. Could you say that again?",
    "failing": "Sorry, I still have a problem. Please try once more.",
    "gave_up": "I am sorry, I cannot help you right now. Please call again later. Goodbye.",
    "cut": "Sorry, I was cut off. Shall I go on?",
    "silent": "Are you still there?",
    "leaving": "I cannot hear you, so I am ending this call. Goodbye.",
    "filler": "One moment, please.",
    "connecting": "One moment, I am connecting you.",
    "take_call": "Press 1 to take this call.",
    "slow": "This takes a moment, I am still at it.",
    "slower": "Still working on it.",
    "confirm": "Right?",
}
INTRODUCTIONS = ("my name is", "i am calling from", "you are speaking with", "you have reached")
NODS = (
    "mm-hm, mm-hmm, mhm, mmhm, mm, mmm, hm, hmm, uh-huh, aha, ah, oh, yeah, yes, yep, yup, ok, okay, "
    "right, sure, all right, alright, I see, got it, I understand, good, great, fine, exactly, of course, "
    "absolutely, true"
)
FAREWELLS = (
    "bye, bye bye, goodbye, good bye, see you, see you later, take care, thanks, thank you, "
    "thank you very much, thanks a lot, have a nice day, have a good day, good night, talk to you later, "
    "that is all, that's all, cheers"
)
REFUSALS = (
    "no, nope, no no, not right, wrong, that is wrong, that's wrong, incorrect, no thanks, don't, "
    "do not, no don't, stop, cancel"
)
WAITS = (
    "wait, one moment, a moment, one second, a second, just a minute, one minute, hold on, hang on, "
    "let me check, let me see, let me look, let me get, I will check, bear with me"
)
EXAMPLE = {
    "greeting": "Hello, how can I help you?",
    "question": "Hello, I am looking for an apartment",
    "answer": "Gladly. In which city would you like to live?",
    "farewell": "Goodbye.",
    "rephrase": "Sorry, could you say that in other words?",
}
HEARD = {"question": ["apartment", "house"], "goodbye": ["goodbye", "bye"]}
