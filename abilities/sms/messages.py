"""Twilio's Messages API, by one POST a message.

A message is not sent twice: only a refusal for too many requests and a request that never left are tried again. Twilio
has no key by which it would know a repeated request.
Source: https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
"""

from __future__ import annotations

import asyncio
import random
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import encode_basic_auth, hdrs
from loguru import logger

from pipeline.log.throttle import Throttle
from pipeline.net import Answer, Net, NoAnswer, NotSent, Request, TooLong
from pipeline.tool import ToolFailed, ToolUnknown

TWILIO = "https://api.twilio.com"
BUSY = 429  # too many requests: it was not sent
PAUSE = 0.25  # seconds before the second attempt, doubled for each next one
TOO_LATE = "the message could not be sent in time"

_CODES = {  # https://www.twilio.com/docs/api/errors
    21211: "this number gets no messages",
    21612: "this number gets no messages",
    21614: "this number is no mobile number, and gets no messages",
    21408: "messages to this country are not allowed",
    21610: "this number has asked for no more messages",
}


class Messages:
    """Sends messages of one account."""

    def __init__(self, net: Net, throttle: Throttle, account: str, token: str, api: str = TWILIO) -> None:
        self._net, self._throttle = net, throttle
        self._url = f"{api.rstrip('/')}/2010-04-01/Accounts/{account}/Messages.json"
        self._headers = {
            "Authorization": encode_basic_auth(account, token),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._internal = api != TWILIO

    async def send(self, to: str, sender: str, text: str, until: float) -> str:
        """Send a message, and return its sid; `until` is the loop time by which it has to be done.

        Raises ToolFailed with a sentence for the model, ToolUnknown if the message may have been sent.
        """
        form = urlencode({"To": to, "From": sender, "Body": text}).encode()
        clock = asyncio.get_running_loop().time
        pause = PAUSE
        while True:
            try:
                answer = await self._net.ask(self._request(form), max(0.0, until - clock()))
            except NotSent as error:
                answer = Answer(BUSY, b"")
                reason = str(error)
            except (NoAnswer, TooLong) as error:
                raise ToolUnknown(f"the message may have been sent or not: {error}") from error
            else:
                reason = "too many messages at this moment"
            if answer.status != BUSY:
                return self._sid(answer)
            wait = pause * random.uniform(0.5, 1.5)
            if clock() + wait >= until - PAUSE:
                raise ToolFailed(f"{TOO_LATE}: {reason}")
            await asyncio.sleep(wait)
            pause *= 2

    def _request(self, form: bytes) -> Request:
        return Request(
            method=hdrs.METH_POST,
            url=self._url,
            headers=self._headers,
            body=form,
            internal=self._internal,
            fresh=True,
        )

    def _sid(self, answer: Answer) -> str:
        said = _fields(answer.body)
        if answer.status < 300:
            return str(said.get("sid", ""))
        if not 400 <= answer.status < 500:
            raise ToolUnknown(f"the message may have been sent or not: HTTP {answer.status}")
        code = said.get("code")
        if reason := _CODES.get(code if isinstance(code, int) else 0):
            raise ToolFailed(f"the message was not sent: {reason}")
        self._warn(answer.status, code)
        raise ToolFailed("the message was not sent: messages do not work at the moment")

    def _warn(self, status: int, code: Any) -> None:
        """Warn of a refusal that the config or the account causes, and no caller can mend."""
        text = f"SMS refused: HTTP {status}, Twilio's error {code}; https://www.twilio.com/docs/api/errors/{code}"
        self._throttle.put("refused", lambda held: logger.warning("{} ({} more like it)", text, held))


def _fields(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        return {}
