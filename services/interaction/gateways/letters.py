"""Mails to colleagues: plain text, handed to the installation's mail server."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP

from chassis.config import Settings, SmtpSecurity

PATIENCE = 20.0


class Letters:
    """Hands one mail at a time over; a colleague's mail is nothing that a campaign counts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @property
    def is_able(self) -> bool:
        """Whether the installation says in whose name alerts are written."""
        return bool(self._settings.alert_sender)

    async def send(self, address: str, subject: str, text: str, message_id: str) -> bool:
        """Hand a mail over; False where the server did not take it. The same id twice is the same mail."""
        letter = EmailMessage(policy=SMTP)
        letter["From"], letter["To"], letter["Subject"] = self._settings.alert_sender, address, subject
        letter["Message-ID"], letter["Auto-Submitted"] = f"<{message_id}@touchline>", "auto-generated"
        letter.set_content(text)
        return await asyncio.to_thread(self._hand_over, letter)

    def _hand_over(self, letter: EmailMessage) -> bool:
        settings = self._settings
        context = ssl.create_default_context(cafile=settings.smtp_ca_file or None)
        try:
            if settings.smtp_security is SmtpSecurity.TLS:
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    settings.smtp_host, settings.smtp_port, timeout=PATIENCE, context=context
                )
            else:
                server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=PATIENCE)
            with server:
                if settings.smtp_security is SmtpSecurity.STARTTLS:
                    server.starttls(context=context)
                if settings.smtp_username:
                    server.login(settings.smtp_username, settings.smtp_password())
                server.send_message(letter)
        except (smtplib.SMTPException, OSError):
            return False
        return True
