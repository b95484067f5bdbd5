"""What interaction hears from streams and says on them."""

from services.interaction.events.contacts import CONTACTS, ContactHandler
from services.interaction.events.encoding import AUDIT, EVENTS, anchored, fact
from services.interaction.events.erasures import ErasureHandler
from services.interaction.events.intake import IntakeHandler
from services.interaction.events.publish import TOUCHES, PublishHandler
from services.interaction.events.tail import Tail, entry

__all__ = [
    "AUDIT",
    "CONTACTS",
    "EVENTS",
    "TOUCHES",
    "ContactHandler",
    "ErasureHandler",
    "IntakeHandler",
    "PublishHandler",
    "Tail",
    "anchored",
    "entry",
    "fact",
]
