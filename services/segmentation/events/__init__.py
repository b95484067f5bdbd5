"""What segmentation says, and what it hears from contact and interaction."""

from services.segmentation.events.contacts import CONTACTS, ContactsHandler
from services.segmentation.events.encoding import STREAM, encode
from services.segmentation.events.erasures import ErasureHandler
from services.segmentation.events.touches import RECORDED, TouchesHandler

__all__ = ["CONTACTS", "RECORDED", "STREAM", "ContactsHandler", "ErasureHandler", "TouchesHandler", "encode"]
