"""Pipecat on its own recommended path for Twilio, with services that answer at once.

python -m benchmarks.peers.pipecat --port 8767

FastAPI's WebSocket, `TwilioFrameSerializer`, `FastAPIWebsocketTransport`, and between its input and its output:
recognition, the user's half of the context with voice detection, model, voice, the agent's half. Its windows, its
replies and its threshold of loudness are those of the others; metrics, RTVI, turn tracking, idle observer are off.
"""

from __future__ import annotations

import argparse
import sys

import uvicorn
from fastapi import FastAPI, WebSocket
from loguru import logger
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair, LLMUserAggregatorParams
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.turns.user_start import VADUserTurnStartStrategy
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.workers.runner import WorkerRunner

from benchmarks.load.messages import RATE
from benchmarks.peers.pipecat_services import Asr, Llm, Tts, vad

app = FastAPI()


@app.websocket("/ws")
async def stream(socket: WebSocket) -> None:
    """One call."""
    await socket.accept(subprotocol="audio.twilio.com")
    _, call = await parse_telephony_websocket(socket)
    serializer = TwilioFrameSerializer(
        stream_sid=call["stream_id"],
        call_sid=call["call_id"],
        params=TwilioFrameSerializer.InputParams(auto_hang_up=False),
    )
    params = FastAPIWebsocketParams(
        audio_in_enabled=True, audio_out_enabled=True, add_wav_header=False, serializer=serializer
    )
    await _answer(FastAPIWebsocketTransport(websocket=socket, params=params))


async def _answer(transport: FastAPIWebsocketTransport) -> None:
    strategies = UserTurnStrategies(
        start=[VADUserTurnStartStrategy()], stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.0)]
    )
    user, agent = LLMContextAggregatorPair(
        LLMContext(), user_params=LLMUserAggregatorParams(vad_analyzer=vad(), user_turn_strategies=strategies)
    )
    worker = PipelineWorker(
        Pipeline([transport.input(), Asr(), user, Llm(), Tts(), transport.output(), agent]),
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE, enable_metrics=False),
        enable_rtvi=False,
        enable_turn_tracking=False,
        idle_timeout_secs=None,
        check_dangling_tasks=False,
    )
    runner = WorkerRunner(handle_sigint=False, check_dangling_tasks=False)
    await runner.add_workers(worker)

    @transport.event_handler("on_client_disconnected")
    async def gone(*_: object) -> None:
        await runner.cancel()

    await runner.run()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.pipecat")
    parser.add_argument("--port", type=int, default=8767)
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    uvicorn.run(app, host="127.0.0.1", port=parser.parse_args().port, log_level="warning", loop="uvloop")


if __name__ == "__main__":
    main()
