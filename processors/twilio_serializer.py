"""Turns Twilio's messages into frames, and `Clear`, `Handover` and `Hangup` into Twilio's terms."""

from __future__ import annotations

from pipeline import audio
from pipeline.call import hand_over
from pipeline.frames import AudioIn, CallStarted, Clear, Dtmf, Handover, Hangup, MarkPlayed, WireMessage
from pipeline.processor import on
from pipeline.redaction.words import KEY
from pipeline.twilio import messages
from pipeline.vocabulary import Refusal
from processors._shared.stream_sound import StreamSound, number_of

LIMITS = {
    Refusal.JSON: 20,
    Refusal.FIELD: 20,
    Refusal.EVENT: 100,
    Refusal.STREAM: 10,
}  # refused: a broken peer
CODES = {Refusal.JSON: 1007, Refusal.FIELD: 1007, Refusal.EVENT: 1008, Refusal.STREAM: 1008}  # WebSocket close codes
DIGITS_A_SECOND = 20
KEYS = f"0123456789*#ABCD{KEY}"  # a record has a bullet in the place of a secret key, and is replayed with it


class TwilioSerializer(StreamSound):
    """Reads Twilio's messages: audio as 20 ms frames in stream time, keys, marks; refuses all others.

    Audio messages are put in the order of their numbers. One that is early waits for those before it, three messages
    (60 ms) at most; then the gap is filled with silence, 200 ms at most. A late one is dropped. A line that sends no
    sound while its caller is quiet is silent: from 1.2 s on (STALL) silence passes at the loop's pace until sound
    comes, so that turns end. A peer that sends too many messages of one refused kind (LIMITS) is rejected with a
    WebSocket close code.
    """

    gives = (CallStarted, AudioIn, Dtmf, MarkPlayed)
    holds = (WireMessage,)
    optional = (Clear, Handover, Hangup)

    def begin(self) -> None:
        super().begin()
        self.stream_sid = ""
        self.out = messages.Outbound("")
        self.digits: list[float] = []

    @on(WireMessage)
    def read(self, frame: WireMessage) -> None:
        try:
            message = messages.parse(frame.data)
        except messages.Refused as refused:
            self.refuse(refused.reason, str(refused))
            return
        if message.event == "media":
            self.hear(message)
        elif message.start is not None and message.event == "start":
            self.start(message.start)
        elif message.event in ("dtmf", "mark") and self.is_ours(message):
            self.tell(message)

    def start(self, start: messages.Start) -> None:
        if self.stream_sid:
            self.call.refuse(Refusal.SECOND_START)
            self.call.wire.reject(1002, "second start")
            return
        self.stream_sid = start.stream_sid
        self.out = messages.Outbound(start.stream_sid)
        self.call.stream_sid = start.stream_sid
        self.call.log.info("WS_START sid={} call_sid={}", start.stream_sid, self.call.sid)
        self.listen()
        self.push(CallStarted(self.call.sid, start.stream_sid, start.custom_parameters))

    def tell(self, message: messages.Inbound) -> None:
        if message.mark is not None and message.event == "mark":
            self.push(MarkPlayed(message.mark.name))
        elif message.dtmf is not None and message.event == "dtmf":
            self.press(message.dtmf.digit)

    def press(self, digit: str) -> None:
        self.digits = [at for at in self.digits if at > self.now - 1.0]
        if len(digit) != 1 or digit not in KEYS:
            self.call.refuse(Refusal.DIGIT)
        elif len(self.digits) >= DIGITS_A_SECOND:
            self.call.refuse(Refusal.DIGIT_FLOOD)
        else:
            self.digits.append(self.now)
            self.push(Dtmf(self.call.keypad.press(digit)))

    def hear(self, message: messages.Inbound) -> None:
        chunk = message.media
        if chunk is None or ((message.stream_sid != self.stream_sid or not self.due) and not self.is_ours(message)):
            return
        self.call.rx += 1
        if self.call.rx == 50 or self.call.rx % 500 == 0:
            self.call.log.info("WS_MEDIA sid={} rx={}", self.stream_sid, self.call.rx)
        if not chunk.payload:
            self.call.refuse(Refusal.FIELD, "empty payload")  # of a line that is quiet, and no reason to end its call
            return
        if self.filled:
            self.fill()
            self.filled = 0
        self.came = self.chain.loop.time()
        if chunk.chunk != self.due or self.ahead:
            self.order(number_of(chunk.chunk), chunk.payload)
            return
        # The next in order and 20 ms long, as nearly all are: the work of `expect` and `sound`, two calls cheaper.
        self.expected, self.due = self.expected + 1, str(self.expected + 1)
        if len(chunk.payload) == audio.FRAME_SAMPLES and not self.rest:
            self.frame(chunk.payload)
        else:
            self.sound(chunk.payload)

    def is_ours(self, message: messages.Inbound) -> bool:
        if message.stream_sid == self.stream_sid and self.stream_sid:
            return True
        self.refuse(Refusal.STREAM, "another streamSid")
        return False

    def refuse(self, reason: Refusal, detail: str) -> None:
        if self.call.refuse(reason, detail) == LIMITS[reason]:
            self.call.wire.reject(CODES[reason], f"too many messages refused: {reason}")

    @on(Clear)
    def clear(self, control: Clear) -> None:
        self.call.wire.send(self.out.clear)
        self.call.wire.flush()  # at once: the caller hears the old reply until Twilio has this

    @on(Handover)
    def hand_over(self, control: Handover) -> None:
        hand_over(self.call, control.to, control.brief)

    @on(Hangup)
    def hang_up(self, control: Hangup) -> None:
        self.call.hang_up(control.reason)
