"""What interaction uses of others: the streams it writes from its doors, and the disk that stands in for them."""

from services.interaction.gateways.consent_requests import CONSENT_REQUESTS, ConsentRequests
from services.interaction.gateways.delivery import Delivery
from services.interaction.gateways.intake import FLUSH_BYTES, FLUSH_TOUCHES, INTAKE, Intake, Ticket, envelope
from services.interaction.gateways.parcels import Facts, Parcel, Stamp, Stamps, seal, timestamp
from services.interaction.gateways.spool import Spool
from services.interaction.gateways.standing import Standing, Stands
from services.interaction.gateways.wire import length, tag

__all__ = [
    "CONSENT_REQUESTS",
    "FLUSH_BYTES",
    "FLUSH_TOUCHES",
    "INTAKE",
    "ConsentRequests",
    "Delivery",
    "Facts",
    "Intake",
    "Parcel",
    "Spool",
    "Stamp",
    "Stamps",
    "Standing",
    "Stands",
    "Ticket",
    "envelope",
    "length",
    "seal",
    "tag",
    "timestamp",
]
