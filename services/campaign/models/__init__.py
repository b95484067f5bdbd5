"""The tables of campaign and their constraints, and what each row looks like from outside."""

from services.campaign.models.names import (
    ACCOUNT,
    ACTIVITY,
    BRAKE,
    CAMPAIGN,
    CONTACT,
    DEAL,
    PROGRAMME,
    SEGMENT,
    SEND,
    SENDER,
    Row,
)
from services.campaign.models.people import Account, Deal, Person
from services.campaign.models.plans import Activity, AudienceMember, Campaign, Programme
from services.campaign.models.senders import Brake, Sender
from services.campaign.models.sends import SendLine

__all__ = [
    "ACCOUNT",
    "ACTIVITY",
    "BRAKE",
    "CAMPAIGN",
    "CONTACT",
    "DEAL",
    "PROGRAMME",
    "SEGMENT",
    "SEND",
    "SENDER",
    "Account",
    "Activity",
    "AudienceMember",
    "Brake",
    "Campaign",
    "Deal",
    "Person",
    "Programme",
    "Row",
    "SendLine",
    "Sender",
]
