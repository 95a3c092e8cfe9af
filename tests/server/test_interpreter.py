"""What the interpreter is spared once a server is ready."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE

from tests.kit.outside import ROOT

STARTED = """\
import gc, os, signal, sys, uvloop
from loguru import logger
from pipeline.server.app import serve
from tests.kit.outside import ROOT, Outside, cause, outside
from tests.kit.parrot import config

gc.disable()  # as `run.py serve` does while it starts
logger.remove()
told = lambda: print(gc.get_freeze_count(), gc.isenabled())
logger.add(lambda line: "READY" in line and (told(), os.kill(os.getpid(), signal.SIGTERM)))
sys.exit(uvloop.run(serve([config()], port=0, environment={})))
"""


async def test_what_a_start_made_is_not_looked_through_again() -> None:
    """Garbage collection, on from then on, leaves the modules alone, so that no call waits for that."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", STARTED, cwd=ROOT, stdout=PIPE)
    told, _ = await process.communicate()
    frozen, on = told.decode().split()
    assert (process.returncode, int(frozen) > 10_000, on) == (0, True, "True")
