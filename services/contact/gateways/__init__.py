"""What contact asks of the other services: what they keep of a person."""

from services.contact.gateways.elsewhere import Elsewhere, File, listed

__all__ = ["Elsewhere", "File", "listed"]
