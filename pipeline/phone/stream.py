"""Twilio's end of a media stream: it makes and takes the messages of a call, without any input or output.

Pure: the owner of a `MediaStream` transports its messages (over a socket, or straight into a chain in virtual time),
passes the agent's messages to `hear`, and calls `say` again at `wake()`.
Source: https://www.twilio.com/docs/voice/media-streams/websocket-messages
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from pipeline import audio
from pipeline.phone.caller import Caller, Tell
from pipeline.phone.script import Script
from pipeline.twilio.messages import encode
from pipeline.twilio.playback import Playback, TwilioWarning

FORMAT = {"encoding": "audio/x-mulaw", "sampleRate": audio.RATE, "channels": 1}


class MediaStream:
    """The stream of one call, with a simulated caller that performs a prepared script.

    `tx` counts the media messages to the agent, `warnings` are those that Twilio would have given, `sound` is the
    caller's sound since `started`, as 16-bit PCM. `tell` gets the events step, start, speaks (the agent begins), quiet
    (its sound has played), clear, mark, dtmf and warning. Times are loop times in seconds.
    """

    def __init__(
        self,
        script: Script,
        *,
        call_sid: str,
        stream_sid: str,
        account_sid: str,
        parameters: Mapping[str, str] | None = None,
        tell: Tell | None = None,
    ) -> None:
        self.call_sid = call_sid
        self.stream_sid = stream_sid
        self.account_sid = account_sid
        self.parameters = dict(parameters or {})
        self.playback = Playback(stream_sid)
        self.caller = Caller(script, self.playback, tell)
        self.tx = 0
        self.warnings: list[TwilioWarning] = []
        self.sound = bytearray()
        self.started = self.ended = 0.0
        self._tell = tell
        self._sequence = 0
        self._speaking = False

    @property
    def over(self) -> bool:
        """True once the caller's script has ended, or the agent has hung up."""
        return self.caller.over

    def open(self, now: float) -> list[bytes]:
        """Start the stream's clock, and return its first messages: `connected` and `start`."""
        self.started = self.ended = now
        self._event(now, "start", call_sid=self.call_sid, stream_sid=self.stream_sid)
        start = {
            "accountSid": self.account_sid,
            "streamSid": self.stream_sid,
            "callSid": self.call_sid,
            "tracks": ["inbound"],
            "mediaFormat": FORMAT,
            "customParameters": self.parameters,
        }
        return [encode({"event": "connected", "protocol": "Call", "version": "1.0.0"}), self._message("start", start)]

    def wake(self) -> float:
        """Return the time of the next message of `say`: a frame of sound, on an absolute grid of 20 ms, or a mark."""
        due = self.playback.next_due()
        return self._next if due is None else min(self._next, due)

    def hear(self, message: bytes | str, now: float, binary: bool = False) -> None:
        """Take one message of the agent; `binary` if it came as a binary frame. A faulty one becomes a warning."""
        replies, clears = len(self.playback.replies), len(self.playback.clears)
        try:
            self.playback.feed(message, now, binary)
        except TwilioWarning as warning:
            self.warnings.append(warning)
            self._event(now, "warning", code=warning.code, text=warning.text)
        if len(self.playback.clears) > clears:
            self._event(now, "clear")
        if len(self.playback.replies) > replies:
            self._speaking = True
            self._event(now, "speaks")

    def say(self, now: float) -> list[bytes]:
        """Return all messages that are due: marks that have played, keys, and the caller's sound up to `now`."""
        messages = [self._mark(name, now) for name in self.playback.due(now)]
        while self._next <= now and not self.over:
            messages += self._tick(now)
        self.ended = now
        return messages

    def close(self, now: float) -> list[bytes]:
        """Return the messages that end the stream from the caller's side: `stop`."""
        self.ended = now
        return [self._message("stop", {"accountSid": self.account_sid, "callSid": self.call_sid})]

    def hung_up(self, now: float) -> None:
        """Note that the agent has ended the stream; the caller's script ends."""
        self.ended = now
        self.caller.hung_up(now)

    def tracks(self) -> tuple[bytes, bytes]:
        """Return the sound of the caller and of the agent as heard, from the stream's start, as 16-bit PCM."""
        return bytes(self.sound), self.playback.track(self.started, self.ended)

    @property
    def _next(self) -> float:
        return self.started + (self.tx + 1) * audio.FRAME_SECONDS  # a frame is sent at its end, 20 ms after its start

    def _tick(self, now: float) -> list[bytes]:
        if self._speaking and self.playback.end <= now:
            self._speaking = False
            self._event(now, "quiet")
        ulaw = self.caller.frame(now)
        messages = [self._key(digit, now) for digit in self.caller.keys]
        self.caller.keys.clear()
        self.sound += audio.decode(ulaw)
        self.tx += 1
        timestamp = (self.tx - 1) * 20  # ms at its first sample
        body = {"track": "inbound", "chunk": str(self.tx), "timestamp": str(timestamp)}
        return [*messages, self._message("media", {**body, "payload": b64encode(ulaw).decode()})]

    def _mark(self, name: str, now: float) -> bytes:
        self._event(now, "mark", name=name)
        return self._message("mark", {"name": name})

    def _key(self, digit: str, now: float) -> bytes:
        self._event(now, "dtmf", digit=digit)
        return self._message("dtmf", {"track": "inbound_track", "digit": digit})

    def _message(self, event: str, body: dict[str, Any]) -> bytes:
        self._sequence += 1
        number = str(self._sequence)
        return encode({"event": event, "sequenceNumber": number, event: body, "streamSid": self.stream_sid})

    def _event(self, now: float, what: str, **particulars: Any) -> None:
        if self._tell is not None:
            self._tell(now, what, particulars)
