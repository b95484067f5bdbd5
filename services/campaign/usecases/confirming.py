"""Asking for confirmations: each mail is handed over, and said to be; it may come twice, never not at all.

A campaign's mail is not repeated when its line was cut after the data; this one is, with the same Message-ID: whoever
gets it twice loses nothing, and whoever gets none could not confirm.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.clock import Clock
from chassis.db import Database
from chassis.errors import DomainError
from tracking import Keyring, Kind, Token, Urls

from services.campaign.domain.optins import (
    PAUSE,
    SHORTEST,
    SOON,
    Asked,
    OptInMail,
    OptInMailed,
    OptInMailState,
    Written,
    write,
)
from services.campaign.gateways.mail import Address, KeyUnusableError, Mail, MailRefusedError, SmtpPool, compose, signer
from services.campaign.gateways.mail import Kind as Ending
from services.campaign.gateways.optins import OptIns
from services.campaign.models import Sender
from services.campaign.store import optins as store


@dataclass
class Confirming:
    """What writing and handing over needs."""

    database: Database
    clock: Clock
    opt_ins: OptIns
    pool: SmtpPool
    keyring: Keyring
    urls: Urls
    dkim_key_dir: str = ""

    async def once(self) -> int:
        """Hand over what is due, one after the other; gives how many mails were looked at."""
        async with self.database.transaction() as tx:
            mails = await store.claim(tx, self.clock.now())
        for mail in mails:
            await self._mail(mail)
        return len(mails)

    async def _mail(self, mail: OptInMail) -> None:
        if self.clock.now() >= mail.expire_time:
            return await self._settle(mail, OptInMailState.DROPPED, "EXPIRED")
        try:
            asked = await self.opt_ins.asked(mail.opt_in)
        except DomainError as error:
            return await self._later(mail, error.reason, SOON)
        if asked is None or not asked.is_waiting:
            return await self._settle(mail, OptInMailState.DROPPED, asked.state if asked else "GONE")
        async with self.database.transaction() as tx:
            sender = await store.find_sender(tx, asked.sender)
        if sender is None:
            return await self._later(mail, "SENDER_NOT_VERIFIED", PAUSE)
        return await self._hand_over(mail, asked, sender)

    async def _hand_over(self, mail: OptInMail, asked: Asked, sender: Sender) -> None:
        written = self._write(mail, asked, sender)
        told = OptInMailed(
            mail=mail,
            address=asked.address,
            topic=asked.topic or f"all {asked.purpose}",
            subject_line=written.subject_line,
            time=self.clock.now(),
        )
        try:
            data = self._compose(mail, asked, sender, written)
        except KeyUnusableError:
            return await self._later(mail, "DKIM_KEY_UNUSABLE", PAUSE)
        except MailRefusedError:
            return await self._fail(told, "MAIL_REFUSED")
        outcome = await self.pool.send(sender.address, asked.address, data)
        match outcome.kind:
            case Ending.HANDED_OVER:
                return await self._settle(mail, OptInMailState.HANDED_OVER, told=told)
            case Ending.FAILED:
                return await self._fail(told, str(outcome.reason))
        return await self._later(mail, str(outcome.reason), max(SHORTEST, timedelta(seconds=outcome.after)))

    def _write(self, mail: OptInMail, asked: Asked, sender: Sender) -> Written:
        return write(
            asked.language,
            topic=asked.topic,
            who=sender.display_name,
            link=self.urls.confirm(self._token(mail, asked, Kind.CONFIRM)),
            leave=self.urls.unsubscribe(self._token(mail, asked, Kind.UNSUBSCRIBE)),
        )

    def _compose(self, mail: OptInMail, asked: Asked, sender: Sender, written: Written) -> bytes:
        found = signer(self.dkim_key_dir, sender.dkim_domain, sender.dkim_selector)
        letter = Mail(
            message=mail.message,
            from_=Address(sender.address, sender.display_name),
            to=Address(asked.address),
            subject=written.subject_line,
            text=written.text,
            html=written.html,
            reply_to=Address(sender.reply_to_address) if sender.reply_to_address else None,
            headers={"Auto-Submitted": "auto-generated"},
            list_unsubscribe_url=self.urls.unsubscribe(self._token(mail, asked, Kind.UNSUBSCRIBE)),
        )
        return compose(letter, signers=[found] if found else [], eight_bit=self.pool.eight_bit)

    def _token(self, mail: OptInMail, asked: Asked, kind: Kind) -> str:
        """The same for each mail of a request, so that it does not matter which of them is answered."""
        return self.keyring.sign(
            Token(kind=kind, message=mail.opt_in, subject=asked.subject, topic=asked.topic, purpose=asked.purpose)
        )

    async def _fail(self, told: OptInMailed, reason: str) -> None:
        failed = OptInMailed(**{name: getattr(told, name) for name in told.__dataclass_fields__} | {"reason": reason})
        await self._settle(told.mail, OptInMailState.FAILED, reason, told=failed)

    async def _later(self, mail: OptInMail, reason: str, wait: timedelta) -> None:
        await self._settle(mail, OptInMailState.WAITING, reason, due_time=self.clock.now() + wait)

    async def _settle(
        self,
        mail: OptInMail,
        state: OptInMailState,
        reason: str = "",
        *,
        due_time: datetime | None = None,
        told: OptInMailed | None = None,
    ) -> None:
        async with self.database.transaction() as tx:
            if await store.settle(tx, mail, state, reason, due_time=due_time) and told is not None:
                tx.emit(told)
