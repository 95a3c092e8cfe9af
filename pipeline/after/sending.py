"""One attempt to deliver an event, and what follows from its answer."""

from __future__ import annotations

import random
from collections.abc import Mapping

from aiohttp import ClientError, ClientSession, ClientTimeout

from pipeline.after.files import Delivery, State

WITHIN = ClientTimeout(total=10.0)  # seconds for an attempt
MOST = 64 * 1024  # bytes of an answer that are read: one that is cut off was not given
PAUSES = (5.0, 30.0, 120.0, 600.0, 3600.0, 10800.0, 21600.0, 43200.0)  # seconds before the next attempt
JITTER = 0.2  # of a pause, either way
GONE = 410
PATIENT = (408, 425, 429)  # statuses of 4xx that may be another in a later attempt


async def post(session: ClientSession, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """Post an event, and return the HTTP status and what came of it in words; status 0 if no whole answer came."""
    try:
        async with session.post(url, data=body, headers=headers, timeout=WITHIN, allow_redirects=False) as answer:
            size = 0
            async for piece in answer.content.iter_chunked(MOST):
                size += len(piece)
                if size > MOST:
                    break
            return answer.status, f"HTTP {answer.status}"
    except TimeoutError:
        return 0, "no answer in 10 s"
    except (ClientError, OSError, ValueError) as error:
        return 0, f"no answer: {type(error).__name__}"


def settle(delivery: Delivery, status: int, last: str, now: float) -> None:
    """Note the outcome of an attempt at this Unix time, and when the next one is due if there is to be one."""
    delivery.tries += 1
    delivery.last = last
    if 200 <= status < 300:
        delivery.state = State.DELIVERED
    elif status == GONE:
        delivery.state = State.STOPPED
    elif (400 <= status < 500 and status not in PATIENT) or delivery.tries > len(PAUSES):
        delivery.state = State.DEAD
    else:
        delivery.due = now + PAUSES[delivery.tries - 1] * random.uniform(1 - JITTER, 1 + JITTER)
