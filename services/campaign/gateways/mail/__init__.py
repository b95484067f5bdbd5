"""Mail on its way out: `compose` makes the bytes of one mail, `SmtpPool` hands them over and says what became of it.

It knows no database: the ledger is the sender's. What a server's answers mean is the table in pool.py.
"""

from services.campaign.gateways.mail.compose import Mail, compose
from services.campaign.gateways.mail.dkim import KeyUnusableError, Signer, signer
from services.campaign.gateways.mail.headers import Address, MailRefusedError, address
from services.campaign.gateways.mail.outcomes import Kind, Outcome, Reason
from services.campaign.gateways.mail.pool import SmtpPool

__all__ = [
    "Address",
    "KeyUnusableError",
    "Kind",
    "Mail",
    "MailRefusedError",
    "Outcome",
    "Reason",
    "Signer",
    "SmtpPool",
    "address",
    "compose",
    "signer",
]
