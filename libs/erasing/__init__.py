"""Erasing people in a service that keeps something of them, and acknowledging it to contact.

The service's consumer hears `touchline.contact.erasures.v1` and deletes in the transaction that moves its position; the
row of `erasure` (`chassis.erasures`) says what was deleted. Its `work` role then lets PostgreSQL forget the dead rows
and tells contact, again and again until contact has it.
"""

from erasing.acknowledging import Acknowledging
from erasing.heard import STREAM, read

__all__ = ["STREAM", "Acknowledging", "read"]
