"""What interaction uses of others: streams it writes from its doors, its neighbours, the disk in Kafka’s place."""

from services.interaction.gateways.browsers import Browsers, browser_parcel
from services.interaction.gateways.confirming import OptIns
from services.interaction.gateways.consent_requests import CONSENT_REQUESTS, ConsentRequests
from services.interaction.gateways.delivery import Delivery
from services.interaction.gateways.intake import FLUSH_BYTES, FLUSH_TOUCHES, INTAKE, Intake, Ticket, beginning, envelope
from services.interaction.gateways.letters import Letters
from services.interaction.gateways.neighbours import Neighbours
from services.interaction.gateways.parcels import Facts, Mould, Parcel, Stamp, Stamps, timestamp
from services.interaction.gateways.spool import Spool
from services.interaction.gateways.standing import Standing, Stands
from services.interaction.gateways.webhooks import WebhookRefusedError, Webhooks, body_of, check_url
from services.interaction.gateways.wire import length, sized, tag

__all__ = [
    "CONSENT_REQUESTS",
    "FLUSH_BYTES",
    "FLUSH_TOUCHES",
    "INTAKE",
    "Browsers",
    "ConsentRequests",
    "Delivery",
    "Facts",
    "Intake",
    "Letters",
    "Mould",
    "Neighbours",
    "OptIns",
    "Parcel",
    "Spool",
    "Stamp",
    "Stamps",
    "Standing",
    "Stands",
    "Ticket",
    "WebhookRefusedError",
    "Webhooks",
    "beginning",
    "body_of",
    "browser_parcel",
    "check_url",
    "envelope",
    "length",
    "sized",
    "tag",
    "timestamp",
]
