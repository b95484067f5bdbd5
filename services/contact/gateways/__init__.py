"""What contact asks of others: Kafka, where a stream ends; the other services, what they keep of a person."""

from services.contact.gateways.elsewhere import Elsewhere, File, listed
from services.contact.gateways.streams import StreamEnds

__all__ = ["Elsewhere", "File", "StreamEnds", "listed"]
