"""Sending: from a claimed line of the ledger to a mail that was handed over, and what is told of it."""

from services.campaign.usecases.sending.dispatch import Dispatcher, Limits
from services.campaign.usecases.sending.letters import Scribe
from services.campaign.usecases.sending.prepared import Preparation

__all__ = ["Dispatcher", "Limits", "Preparation", "Scribe"]
