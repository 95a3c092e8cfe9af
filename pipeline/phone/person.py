"""The person to whom a caller is transferred: they are rung, hear the briefing, and take the call or do not.

Source: https://www.twilio.com/docs/voice/twiml/dial and https://www.twilio.com/docs/voice/twiml/number
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from pipeline.phone.script import Transfer
from pipeline.phone.webhooks import Webhooks
from pipeline.twilio.instructions import Dial, Gather, Hangup, Play, Say
from pipeline.twilio.twiml import Twiml
from pipeline.vocabulary import HandoverOutcome

RING = 1.0  # seconds until a person answers
ACCEPT = "1"  # the key that takes a call
DEEP = 5  # documents after one another that a briefing may have

Noted = Callable[..., Any]  # name of the event, its fields


class Person:
    """The person whom `<Dial>` rings; `transfer` says whether they take the call. `noted` gets the events of it."""

    def __init__(self, webhooks: Webhooks, dial: Dial, transfer: Transfer | None, noted: Noted) -> None:
        self.webhooks, self.dial, self.noted = webhooks, dial, noted
        self.outcome = transfer.outcome if transfer is not None else HandoverOutcome.ANSWERED
        is_waited_out = self.outcome is HandoverOutcome.NO_ANSWER
        self._rings = transfer.after if transfer is not None and transfer.after is not None else None
        if self._rings is None:
            self._rings = dial.timeout if is_waited_out else min(RING, dial.timeout)
        self._leg = "CA" + uuid4().hex

    async def rung(self) -> dict[str, str]:
        """Ring, and return the fields that Twilio posts to the `action` afterwards; raises CallError."""
        self.noted("dial", number=self.dial.number, outcome=self.outcome)
        await asyncio.sleep(self._rings or 0.0)
        if self.outcome is HandoverOutcome.CANCELED:
            return {"CallStatus": "completed", **self._over("canceled")}
        if self.outcome not in (HandoverOutcome.ANSWERED, HandoverOutcome.DECLINED):
            return self._over(self.outcome)
        if not self.dial.url:
            declined = self.outcome is HandoverOutcome.DECLINED
            return self._over("busy") if declined else self._over("completed", bridged=True)
        return self._over("completed", bridged=await self._obeys(await self._ask(self.dial.url)))

    def _over(self, status: str, *, bridged: bool = False) -> dict[str, str]:
        self.noted("dialled", status=status, bridged=bridged)
        told = {"DialCallStatus": status, "DialCallSid": self._leg, "DialBridged": str(bridged).lower()}
        return {**told, "DialCallDuration": "1"} if bridged else told

    async def _obeys(self, twiml: Twiml, depth: int = 0) -> bool:
        """Obey the briefing; True if the two are connected, which they are at the end of a document."""
        for each in twiml.instructions:
            if isinstance(each, Hangup):
                return False
            if isinstance(each, Say | Play):
                await self._hears(each)
            if isinstance(each, Gather):
                for prompt in each.prompts:
                    await self._hears(prompt)
                if self.outcome is HandoverOutcome.ANSWERED and depth < DEEP:
                    return await self._obeys(await self._ask(each.action, Digits=ACCEPT), depth + 1)
        return True

    async def _hears(self, prompt: Say | Play) -> None:
        sound = await self.webhooks.fetch(prompt.url) if isinstance(prompt, Play) and prompt.url else b""
        self.noted("briefing", text=prompt.text if isinstance(prompt, Say) else "", bytes=len(sound))

    async def _ask(self, url: str, **fields: str) -> Twiml:
        form = self.webhooks.form
        leg = {"CallSid": self._leg, "ParentCallSid": form["CallSid"], "Direction": "outbound-dial"}
        whose = {"From": self.dial.caller_id or form["From"], "To": self.dial.number}
        return await self.webhooks.ask(url, **leg, **whose, CallStatus="in-progress", **fields)
