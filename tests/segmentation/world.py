"""A small world, drawn from a seed: people, companies, links, consents, purchases, touches as two streams tell them."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.bus import Record
from google.protobuf.timestamp_pb2 import Timestamp
from touchline.contact.v1 import contact_events_pb2 as events
from touchline.contact.v1 import contact_pb2
from touchline.interaction.v1.intake_pb2 import IntakeTouch, TouchBatch

from services.segmentation.domain import rules
from services.segmentation.domain.rules import Operator, Reading
from services.segmentation.events import CONTACTS, RECORDED, ContactsHandler, TouchesHandler

START = datetime(2026, 6, 1, 12, tzinfo=UTC)
TYPES = ("email.clicked", "email.opened", "call.logged")
STAGES = ("lead", "customer", "Leader")
PRODUCTS = ("Mill", "Kiln", "Übel 100%_")
TOPICS = ("", "newsletter")
HOUR = timedelta(hours=1)
DAYS = tuple({"year": 2026, "month": month, "day": day} for month, day in ((5, 31), (6, 1), (6, 3), (6, 9)))


def stamp(at):
    found = Timestamp()
    found.FromDatetime(at)
    return found


def us(at):
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


class World:
    """Draws what happens; every moment lies on a grid of hours, so that windows end exactly on touches."""

    def __init__(self, seed, people=12):
        self.random = random.Random(seed)
        self.contacts = [UUID(int=(0x0190 << 112) | (7 << 76) | (2 << 62) | number) for number in range(1, people + 1)]
        self.accounts = [self.id() for _ in range(3)]
        self.subjects = {contact: [self.id(), self.id()] for contact in self.contacts}
        self.shared = self.id()
        self.revisions = {}
        self.merged = {}
        self.touches = []
        self.suppressions = []
        self.records = 0

    def id(self):
        return UUID(int=self.random.getrandbits(128))

    def grid(self, low=-30 * 24, high=0):
        return START + self.random.randint(low // 6, high // 6) * 6 * HOUR

    def next(self, key):
        self.revisions[key] = self.revisions.get(key, 0) + 1
        return self.revisions[key]

    def record(self, **event):
        self.records += 1
        value = events.ContactEvent(**event).SerializeToString()
        return Record(CONTACTS, 0, self.records, b"", value, [("ce_sequence", f"1.{self.records}".encode())])

    def beginning(self):
        """Everybody comes into the world."""
        told = [self.account(account) for account in self.accounts]
        for contact in self.contacts:
            told.append(self.contact(contact))
            kinds = ("email", "phone")
            told += [
                self.link("HOLDS", subject, contact, kind)
                for subject, kind in zip(self.subjects[contact], kinds, strict=True)
            ]
        told += [self.link("SHARED", self.shared, contact, "email") for contact in self.contacts[:2]]
        return told

    def happening(self):
        """One thing happens."""
        return self.random.choice(
            [
                self.some_contact,
                self.some_consent,
                self.some_consent,
                self.some_touches,
                self.some_touches,
                self.some_purchase,
                self.some_suppression,
                self.some_merge,
                self.some_account,
                self.some_end,
            ]
        )()

    def some_contact(self):
        return self.contact(self.random.choice(self.contacts))

    def contact(self, contact, state=None):
        pick = self.random
        changed = events.ContactChanged(
            contact=f"contacts/{contact}",
            revision=self.next(contact),
            display_name=pick.choice(("Grete", "Jonas", "Übel 100%_")),
            stage=pick.choice(("", *STAGES)),
            tags=pick.sample(["vip", "press", "old"], pick.randint(0, 2)),
            account=f"accounts/{pick.choice(self.accounts)}" if pick.random() < 0.7 else "",
            state=f"STATE_{state or pick.choice(('ACTIVE',) * 9 + ('DELETED',))}",
            create_time=stamp(self.grid()),
        )
        for name, value in (
            ("seats", {"integer_value": pick.choice((1, 5, 2**53 + 1))}),
            ("ratio", {"number_value": pick.choice((0.1, 5.0, 2.0**53))}),
            ("active", {"boolean_value": pick.random() < 0.5}),
            ("renewal", {"time_value": stamp(self.grid(-240, 240))}),
            ("plan", {"string_value": pick.choice(("gold", "silver"))}),
            ("mixed", pick.choice(({"integer_value": 1}, {"boolean_value": True}, {"string_value": "1"}))),
        ):
            if pick.random() < 0.6:
                changed.attributes[name].CopyFrom(contact_pb2.AttributeValue(**value))
        self.typed(changed)
        return self.record(contact_changed=changed)

    def typed(self, changed):
        """A birthday and what somebody likes, often."""
        pick = random.Random(str(changed))
        born = contact_pb2.AttributeValue(date_value=pick.choice(DAYS))
        likes = contact_pb2.AttributeValue.StringList(values=pick.sample(["tea", "rum", "ale"], pick.randint(1, 2)))
        for name, value in (("born", born), ("likes", contact_pb2.AttributeValue(strings_value=likes))):
            if pick.random() < 0.6:
                changed.attributes[name].CopyFrom(value)

    def some_account(self):
        return self.account(self.random.choice(self.accounts))

    def account(self, account):
        return self.record(
            account_changed=events.AccountChanged(
                account=f"accounts/{account}",
                revision=self.next(account),
                display_name="Kestrel",
                industry=self.random.choice(("", "steel", "food")),
                active=self.random.random() < 0.9,
            )
        )

    def link(self, kind, subject, contact, identifier="", **more):
        link = more.pop("link", None) or self.id()
        told = contact_pb2.IdentityLink(
            name=f"identityLinks/{link}",
            kind=f"KIND_{kind}",
            subject=subject.bytes if subject else b"",
            contact=f"contacts/{contact}",
            identifier_kind=identifier,
            revision=self.next(link),
            asserted_time=stamp(START),
            **more,
        )
        return self.record(link_changed=events.LinkChanged(link=told))

    def some_merge(self):
        """Two become one, or are two again."""
        loose = [contact for contact in self.contacts if contact not in self.merged]
        if self.merged and (self.random.random() < 0.5 or len(loose) < 6):
            contact, (link, survivor) = self.merged.popitem()
            gone = {"retracted_time": stamp(START), "survivor": f"contacts/{survivor}", "link": link}
            return self.link("MERGE", None, contact, **gone)
        contact, survivor = self.random.sample(loose, 2)
        if survivor in {kept for _, kept in self.merged.values()} or contact in {
            kept for _, kept in self.merged.values()
        }:
            return self.contact(contact)
        link = self.id()
        self.merged[contact] = (link, survivor)
        return self.link("MERGE", None, contact, survivor=f"contacts/{survivor}", link=link)

    def some_end(self):
        """An address changes hands."""
        giver, taker = self.random.sample(self.contacts, 2)
        return self.link("SHARED", self.subjects[giver][0], taker, "email", from_time=stamp(self.grid()))

    def some_consent(self):
        subject = self.random.choice([each[0] for each in self.subjects.values()] + [self.shared])
        status = self.random.choice(("GRANTED", "GRANTED", "PENDING", "DENIED", "WITHDRAWN", "EXPIRED"))
        told = events.ConsentChanged(
            consent_event=f"consentEvents/{self.id()}",
            subject=subject.bytes,
            purpose="PURPOSE_MARKETING",
            channel=self.random.choice(("CHANNEL_UNSPECIFIED", "CHANNEL_EMAIL", "CHANNEL_SMS")),
            topic=self.random.choice(TOPICS),
            status=f"STATUS_{status}",
            capture_time=stamp(self.grid()),
        )
        if status in {"GRANTED", "PENDING"} and self.random.random() < 0.5:
            told.effective_to_time.CopyFrom(stamp(self.grid(0, 240) + HOUR))
        return self.record(consent_changed=told)

    def some_suppression(self):
        if self.suppressions and self.random.random() < 0.6:
            key, subject, channel = self.random.choice(self.suppressions)
        else:
            key, channel = self.id(), self.random.choice(("CHANNEL_UNSPECIFIED", "CHANNEL_EMAIL"))
            subject = self.random.choice([each[0] for each in self.subjects.values()])
            self.suppressions.append((key, subject, channel))
        return self.record(
            suppression_changed=events.SuppressionChanged(
                suppression=f"suppressions/{key}",
                revision=self.next(key),
                subject=subject.bytes,
                channel=channel,
                active=self.random.random() < 0.5,
            )
        )

    def some_purchase(self):
        pick = self.random
        return self.purchase(
            pick.choice(self.contacts), pick.choice(PRODUCTS), pick.choice((-500, 0, 500, 1999)),
            pick.choice(("EUR", "EUR", "CZK")), self.grid(-240, 24),
        )  # fmt: skip

    def purchase(self, contact, product, amount, currency, at):
        """Somebody bought something, or got money back."""
        return self.record(
            purchase_recorded=events.PurchaseRecorded(
                purchase=f"purchases/{self.id()}", contact=f"contacts/{contact}", product=product,
                amount_minor=amount, currency_code=currency, purchase_time=stamp(at),
            )
        )  # fmt: skip

    def some_touches(self):
        self.records += 1
        batch = TouchBatch(touches=[self.touch() for _ in range(self.random.randint(1, 6))])
        value = batch.SerializeToString()
        return Record(RECORDED, 0, self.records, None, value, [("ce_sequence", f"1.{self.records}".encode())])

    def touch(self):
        pick = self.random
        known = [*(each[0] for each in self.subjects.values()), self.shared, self.id()]
        touch = IntakeTouch(
            touch_id=self.id().bytes,
            subject=pick.choice(known).bytes,
            type=pick.choice(TYPES),
            occurred_us=us(self.grid(-240, 24)),
            contact=pick.choice(self.contacts).bytes if pick.random() < 0.4 else b"",
        )
        if self.touches and pick.random() < 0.15:
            original = pick.choice(self.touches)
            touch.subject = original.subject
            touch.correction_of = original.subject + original.touch_id
        self.touches.append(touch)
        return touch

    def rule(self, depth=3, segments=()):
        """Some rule."""
        pick = self.random
        if depth and pick.random() < 0.6:
            kind = pick.choice((rules.And, rules.Or, rules.Not))
            if kind is rules.Not:
                return rules.Not(self.rule(depth - 1, segments))
            return kind(tuple(self.rule(depth - 1, segments) for _ in range(pick.randint(1, 3))))
        return self.leaf(segments)

    def leaf(self, segments=()):
        pick = self.random
        leaves = [self.attribute, self.attribute, self.industry, self.consent, self.counted, self.counted, self.bought]
        if segments:
            leaves += [lambda: rules.InSegment(pick.choice(segments))]
        return pick.choice([*leaves, rules.Everyone])()

    def industry(self):
        return rules.AccountAttribute(
            "industry", *self.random.choice([(Operator.EQUALS, ("steel",)), (Operator.IS_SET,)])
        )

    def attribute(self):
        days = timedelta(days=self.random.choice((1, 5)))
        return rules.Attribute(
            *self.random.choice(
                [
                    ("stage", Operator.EQUALS, ("lead", "none")),
                    ("stage", Operator.CONTAINS, ("ead",)),
                    ("stage", Operator.STARTS_WITH, ("Lead", "cust")),
                    ("display_name", Operator.CONTAINS, ("100%_", "rete")),
                    ("tags", Operator.EQUALS, ("vip", "old")),
                    ("tags", Operator.IS_SET),
                    ("attributes.seats", Operator.EQUALS, (5, 2**53)),
                    ("attributes.seats", Operator.AT_LEAST, (2.0**53,)),
                    ("attributes.ratio", Operator.EQUALS, (5, 0.1)),
                    ("attributes.ratio", Operator.LESS_THAN, (0.1,)),
                    ("attributes.active", Operator.EQUALS, (True,)),
                    ("attributes.mixed", Operator.EQUALS, (self.random.choice((1, True, "1")),)),
                    ("attributes.mixed", Operator.AT_LEAST, (1,)),
                    ("attributes.plan", Operator.EQUALS, ("gold",)),
                    ("attributes.renewal", Operator.AT_LEAST, (self.grid(-240, 240),)),
                    ("attributes.renewal", Operator.EQUALS, (self.grid(-240, 240),)),
                    ("attributes.renewal", Operator.WITHIN_LAST, (), days),
                    ("attributes.renewal", Operator.WITHIN_NEXT, (), days),
                    ("attributes.born", Operator.LESS_THAN, (self.grid(-240, 240),)),
                    ("attributes.born", Operator.WITHIN_LAST, (), days),
                    ("attributes.likes", Operator.EQUALS, ("tea", "gin")),
                    ("attributes.likes", Operator.IS_SET),
                    ("create_time", Operator.WITHIN_LAST, (), days),
                ]
            )
        )

    def consent(self):
        pick = self.random
        states = tuple(pick.sample(list(Reading), pick.randint(1, 3)))
        return rules.Consent("MARKETING", pick.choice(("EMAIL", "SMS")), pick.choice((*TOPICS, "offers")), states)

    def counted(self):
        pick = self.random
        return rules.Touches(tuple(pick.sample(TYPES, pick.randint(1, 2))), *self.bounds(), self.within())

    def bounds(self):
        low, high = sorted((self.random.randint(0, 3), self.random.randint(0, 4)))
        return self.random.choice(((None, None), (low, None), (None, high), (low, high)))

    def within(self):
        return self.random.choice((None, timedelta(days=1), timedelta(days=3), timedelta(days=10)))

    def bought(self):
        pick = self.random
        amount, currency = pick.choice(((None, ""), (None, "CZK"), (1, "EUR"), (1500, "EUR"), (500, "CZK")))
        products = tuple(pick.sample(PRODUCTS, pick.randint(0, 2)))
        return rules.Purchases(products, *self.bounds(), amount, currency, self.within())


def touch_record(world, contact, kind, at):
    """A touch that names a contact, as the recorded stream tells it."""
    touch = IntakeTouch(
        touch_id=world.id().bytes, subject=world.id().bytes, type=kind, occurred_us=us(at), contact=contact.bytes
    )
    return Record(RECORDED, 0, 0, None, TouchBatch(touches=[touch]).SerializeToString())


async def hear(conn, records):
    """Let the consumers' handlers apply records of either stream, in one transaction each."""
    for stream, handler in ((CONTACTS, ContactsHandler()), (RECORDED, TouchesHandler())):
        batch = [record for record in records if record.stream == stream]
        if batch:
            async with conn.transaction():
                await handler.flush(conn, await handler.prepare(conn, batch))
