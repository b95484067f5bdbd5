"""Every span that Touchline records: its name, its kind, what it says and what it never says.

`{word}` in a name stands for what varies. Addresses of pages (`url.path`) are left out although the conventions want
them, since they hold ids and tokens; so are the texts of exceptions and the parameters of statements.
"""

import re
from typing import NamedTuple

from chassis.telemetry import names

RPC = (names.RPC_SYSTEM, names.RPC_METHOD, names.RPC_STATUS)
MESSAGING = (
    names.MESSAGING_SYSTEM,
    names.MESSAGING_OPERATION,
    names.MESSAGING_OPERATION_TYPE,
    names.MESSAGING_DESTINATION,
    names.MESSAGING_COUNT,
)
DATABASE = (names.DB_SYSTEM, names.DB_OPERATION, names.DB_SUMMARY)


class Known(NamedTuple):
    """A span: `attributes` are always there, `more` where they apply, `error.type` where it failed."""

    name: str
    kind: str
    about: str
    attributes: tuple[str, ...] = ()
    more: tuple[str, ...] = ()

    def is_of(self, name: str, kind: str) -> bool:
        """Whether a recorded span is this one."""
        pattern = re.sub(r"\\{\w+\\}", r"\\S+", re.escape(self.name))
        return kind == self.kind and re.fullmatch(pattern, name) is not None


CATALOGUE = (
    Known("{package}.{service}/{method}", "SERVER", "a call that we answer", RPC),
    Known("{package}.{service}/{method}", "CLIENT", "a call that we make", RPC),
    Known(
        "{method} {route}",
        "SERVER",
        "a request that the console or the edge answers",
        (names.HTTP_METHOD,),
        (names.HTTP_ROUTE, names.HTTP_STATUS),
    ),
    Known(
        "send {stream}",
        "PRODUCER",
        "records given to Kafka, or to a service that takes touches; child of the fact or call that they come from, "
        "linked to several",
        MESSAGING,
        (names.MESSAGING_PARTITION,),
    ),
    Known(
        "process {stream}",
        "CONSUMER",
        "a batch handed to its handler, linked to where each record was sent",
        (*MESSAGING, names.MESSAGING_GROUP),
        (names.MESSAGING_PARTITION, names.MESSAGING_OFFSET),
    ),
    Known(
        "{operation} {collection}",
        "CLIENT",
        "a statement by its verb and first table, inside of another span; `FLUSH {stream}` is a batch's pipelined "
        "flush: fence, effects, outbox, COMMIT",
        (*DATABASE, names.DB_COLLECTION),
        (names.DB_STATUS,),
    ),
    Known("{operation}", "CLIENT", "a statement that names no table", DATABASE, (names.DB_STATUS,)),
    Known(names.CLAIM_SENDS, "INTERNAL", "a batch of sends is taken from the ledger; linked to the launch"),
    Known(names.HAND_OVER_MAILS, "PRODUCER", "a batch of mails, child of the launch"),
    Known(names.SEND_MAILS, "CLIENT", "the SMTP conversations of a batch"),
    Known(names.SETTLE_SENDS, "INTERNAL", "what became of a batch goes into ledger and outbox"),
)
