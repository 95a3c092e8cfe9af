"""A client of Twilio's REST API for one request: ending a call that has no stream to close.

Source: https://www.twilio.com/docs/voice/api/call-resource#update-a-call-resource
"""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack

from aiohttp import ClientError, ClientSession, ClientTimeout, encode_basic_auth
from loguru import logger

from pipeline.server.options import Options
from pipeline.server.switchboard import EndCall

PATIENCE = 10.0  # seconds for all attempts together
ATTEMPT = 3.0  # seconds for one
FIRST_PAUSE = 0.25  # seconds, doubled after each attempt


async def ending(stack: AsyncExitStack, options: Options) -> EndCall | None:
    """Return the function that ends a call by its sid, valid until the stack is left; None without account or token."""
    if not options.account_sid or not options.auth_token:
        return None
    session = await stack.enter_async_context(ClientSession())
    return Rest(session, options.account_sid, options.auth_token, options.api_url).end_call


class Rest:
    """Ends calls over HTTP.

    `pause` is the seconds before the second attempt, doubled for each next one, jittered; `attempt` those for an
    attempt, `patience` those for all.
    """

    def __init__(
        self,
        session: ClientSession,
        account_sid: str,
        auth_token: str,
        api_url: str,
        *,
        pause: float = FIRST_PAUSE,
        attempt: float = ATTEMPT,
        patience: float = PATIENCE,
    ) -> None:
        self._session = session
        self._calls = f"{api_url.rstrip('/')}/2010-04-01/Accounts/{account_sid}/Calls"
        self._headers = {"Authorization": encode_basic_auth(account_sid, auth_token)}
        self._pause, self._attempt_for, self._patience = pause, ClientTimeout(total=attempt), patience

    async def end_call(self, call_sid: str) -> bool:
        """Make Twilio hang up; True once the call is over, False if Twilio refuses or the patience is at its end.

        HTTP 429, 5xx and connection errors are retried.
        """
        try:
            async with asyncio.timeout(self._patience):
                return await self._insist(call_sid)
        except TimeoutError:
            logger.error("REST hang-up of {} was not answered within {:g} s", call_sid, self._patience)
            return False

    async def _insist(self, call_sid: str) -> bool:
        pause = self._pause
        while True:
            status = await self._attempt(call_sid)
            if status < 300 or status == 404:  # 404 is error 20404: the call has ended by itself
                return True
            if status != 429 and status < 500:
                logger.error("REST hang-up of {} was refused with HTTP {}", call_sid, status)
                return False
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause *= 2

    async def _attempt(self, call_sid: str) -> int:
        """Return the HTTP status of one attempt; 599 if there was no answer in time."""
        try:
            async with self._session.post(
                f"{self._calls}/{call_sid}.json",
                data={"Status": "completed"},
                headers=self._headers,
                timeout=self._attempt_for,
                allow_redirects=False,
            ) as response:
                return response.status
        except (ClientError, TimeoutError):
            return 599
