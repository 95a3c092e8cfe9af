"""Sends the agent's audio to Twilio."""

from __future__ import annotations

from pipeline.frames import AudioEnded, CallStarted, Mark, Media
from pipeline.processor import Processor, on
from pipeline.twilio import messages


class TwilioSink(Processor):
    """Writes the agent's audio and marks as Twilio's messages."""

    holds = (Media, Mark)
    optional = (Mark, AudioEnded)

    def begin(self) -> None:
        self.out = messages.Outbound(self.call.stream_sid)

    @on(CallStarted)
    def open(self, frame: CallStarted) -> None:
        self.out = messages.Outbound(frame.stream_sid)
        self.push(frame)

    @on(Media)
    def send(self, frame: Media) -> None:
        self.call.tx += 1
        self.call.wire.send(self.out.media(frame.payload))
        if self.call.played is not None:
            self.call.played(frame.payload)

    @on(Mark)
    def mark(self, frame: Mark) -> None:
        self.call.wire.send(self.out.mark(frame.name))

    @on(AudioEnded)
    def tell(self, frame: AudioEnded) -> None:
        self.call.log.info("WS_TX sid={} tx={}", self.call.stream_sid, self.call.tx)
        self.push(frame)
