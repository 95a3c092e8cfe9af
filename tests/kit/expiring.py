"""A call whose account stops giving tokens in the middle of it: a program, as grpc reads its roots once a process.

    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH=root.pem python -m tests.kit.expiring FOLDER

It prints as JSON what the caller was understood to say, and the log.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
from aiohttp import web
from loguru import logger

from pipeline.agent import finish
from pipeline.providers.breaker import Breaker
from pipeline.providers.probe import Unserved
from pipeline.standins.google_speech import GoogleSpeech, Script
from processors.asr.google.recognizer import GoogleRecognizer
from processors.asr.script import ScriptRecognizer
from tests.kit.accounts import key_file
from tests.kit.google_caller import TONES, Caller, words


class Tokens:
    """Where tokens are given away, for a second each; once `broken`, it answers 500."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.broken = False

    async def give(self, request: web.Request) -> web.Response:
        self.asked.append(500 if self.broken else 200)
        if self.broken:
            return web.json_response({"error": "internal_failure"}, status=500)
        return web.json_response({"access_token": "canary-token", "expires_in": 1, "token_type": "Bearer"})


@asynccontextmanager
async def tokens() -> AsyncIterator[Any]:
    server, app = Tokens(), web.Application()
    app.router.add_post("/token", server.give)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield server, f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    finally:
        await runner.cleanup()


async def main(folder: Path) -> dict[str, object]:
    logger.remove()
    lines: list[str] = []
    logger.add(lambda line: lines.append(line.record["message"]), level="INFO")
    key = json.loads((folder / "account.json").read_text())["private_key"]
    identity = grpc.ssl_server_credentials([(key.encode(), (folder / "root.pem").read_bytes())])
    script = Script(tones=TONES, final_delay=0.05)
    async with tokens() as (bank, uri), GoogleSpeech(script, identity) as server:
        endpoint = server.target.replace("127.0.0.1", "localhost")
        chosen = GoogleRecognizer.Settings(
            credentials=key_file(folder, private_key=key, token_uri=uri), endpoint=endpoint
        )
        spare = ScriptRecognizer(ScriptRecognizer.Settings(say=["the spare"]))
        async with GoogleRecognizer.share(chosen, (), "he-IL") as shared:
            step = GoogleRecognizer(chosen, shared)
            step.spares, step.breaker = (spare,), Breaker("asr.google")
            caller, heard = Caller(step, "he-IL"), []
            caller.begin(words("one", "two"))
            await server.seen(1, 0.3)
            bank.broken = True
            caller.hear(words("three"))
            caller.end()
            heard.append(await caller.text())
            caller.say(words("four"))
            heard.append(await caller.text())
            await finish(caller.chain, "done")
            await server.closed()
        probe = GoogleRecognizer.probe(chosen, "he-IL")
        refusal = None
        try:
            await probe.ask()
        except Unserved as error:
            refusal = [error.text, error.hint]
    return {"heard": heard, "log": lines, "asked": bank.asked, "streams": len(server.streams), "refusal": refusal}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1])))))
