"""Mails of campaign's own: the code that proves a sender, and test mails."""

import asyncio
from datetime import datetime

from chassis.config import Settings
from chassis.errors import Unavailable
from chassis.ids import uuid7

from services.campaign.gateways.mail import (
    Address,
    KeyUnusableError,
    Kind,
    Mail,
    MailRefusedError,
    SmtpPool,
    compose,
    signer,
)

CODE = """Hello {name},

somebody wants to send campaign mails in the name of this address. If that is right, this is the code:

    {code}

It is good for one hour. If you know nothing of it, do nothing: without the code nothing is sent.
"""


class MailAwayError(Unavailable):
    """No mail can be handed over now."""

    reason = "UNAVAILABLE"


class Letters:
    """Hands single mails over and waits for the answer; connects when the first one is written."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool: SmtpPool | None = None
        self._lock = asyncio.Lock()

    async def code(self, address: str, name: str, code: str, *, now: datetime) -> None:
        """Mail a sender its code; raises MailAwayError when the mail server did not take it."""
        to = Address(address, name)
        mail = Mail(
            message=uuid7(now),
            from_=to,
            to=to,
            subject="Your code for Touchline",
            text=CODE.format(name=name, code=f"{code[:4]} {code[4:]}"),
            headers={"Auto-Submitted": "auto-generated"},
        )
        if await self.hand_over(mail):
            raise MailAwayError("the mail server did not take the code")

    async def hand_over(self, mail: Mail, *, dkim_domain: str = "", dkim_selector: str = "") -> str:
        """Hand one mail over; "" when it was taken, else why not, UPPER_SNAKE."""
        pool = await self._started()
        try:
            found = signer(self._settings.dkim_key_dir, dkim_domain, dkim_selector)
            data = compose(mail, signers=[found] if found else [], eight_bit=pool.eight_bit)
        except KeyUnusableError:
            return "DKIM_KEY_UNUSABLE"
        except MailRefusedError:
            return "MAIL_REFUSED"
        outcome = await pool.send(mail.from_.email, mail.to.email, data)
        return "" if outcome.kind is Kind.HANDED_OVER else str(outcome.reason)

    async def close(self) -> None:
        """End the connections."""
        if self._pool is not None:
            await self._pool.close()

    async def _started(self) -> SmtpPool:
        async with self._lock:
            if self._pool is None:
                self._pool = await SmtpPool(self._settings).start()
            return self._pool
