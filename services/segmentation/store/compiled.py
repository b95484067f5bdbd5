"""A rule as SQL with bound parameters: whom it holds, and when time alone may change that.

Each leaf is a row beside a person: what it answers, and when time may change that. The tree is a condition over these
rows. PostgreSQL asks the conditions that all must hold one after the other and stops at the first that does not, so a
rule costs what it costs for one contact, times the contacts that it is asked of. The same answer for one contact, in
Python, is `domain.evaluate`; a property test holds them together.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by
from sqlalchemy.types import BigInteger, DateTime, Numeric, Uuid

from services.segmentation.domain import rules
from services.segmentation.domain.consent import EVERY, IDENTIFIER_OF_CHANNEL, REFUSALS
from services.segmentation.domain.rules import Operator, Reading
from services.segmentation.models import ACCOUNT, CONSENT, LINK, MEMBERSHIPS, PERSON, PURCHASE, SUPPRESSION, TOUCH

Scope = Callable[[Any], ColumnElement[bool]]
Expression = ColumnElement[bool]
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
MOMENT = DateTime(timezone=True)


def everybody(_: Any) -> Expression:
    """No bound on whom to look at."""
    return true()


def only(people: Collection[UUID]) -> Scope:
    """Look at these people."""
    return lambda column: column == any_(cast(list(people), ARRAY(Uuid)))


def between(after: UUID, last: UUID) -> Scope:
    """Look at the people after one id up to another."""
    return lambda column: and_(column > literal(after, Uuid), column <= literal(last, Uuid))


def members(rule: rules.Rule, now: datetime, scope: Scope = everybody) -> Select[Any]:
    """The people whom a rule holds at a moment."""
    compiled = _Compiler(now)
    answer = compiled.answer(rule)
    return select(PERSON.c.person_id).select_from(compiled.source).where(*_asked(scope), answer.holds)


def answers(rule: rules.Rule, now: datetime, scope: Scope = everybody) -> Select[Any]:
    """The people whom a rule holds, or may hold by time alone: `is_inside`, and the earliest `due_time` of a change.

    `due_time` is NULL where time alone cannot change the answer.
    """
    compiled = _Compiler(now)
    answer = compiled.answer(rule)
    due = cast(null(), MOMENT) if answer.due is None else answer.due
    asked = select(PERSON.c.person_id, answer.holds.label("is_inside"), due.label("due_time"))
    return asked.select_from(compiled.source).where(*_asked(scope), answer.may_hold)


def alive() -> Expression:
    """A person is the contact that was neither merged away nor deleted."""
    return and_(PERSON.c.person_id == PERSON.c.contact_id, PERSON.c.state == "ACTIVE")


def _asked(scope: Scope) -> tuple[Expression, Expression]:
    return alive(), scope(PERSON.c.contact_id)


@dataclass(frozen=True)
class _Answer:
    """What a node answers for a person, and what time alone may make of it: true, false, or a change when `due`."""

    holds: Expression
    may_hold: Expression
    must_hold: Expression
    due: Any = None


def _certain(holds: Expression) -> _Answer:
    """What time alone does not change."""
    return _Answer(holds, holds, holds)


def _timed(holds: Expression, due: Any) -> _Answer:
    return _Answer(holds, or_(holds, due.is_not(None)), and_(holds, due.is_(None)), due)


def _all_of(below: Iterable[_Answer]) -> _Answer:
    """One that stays false settles the answer, whatever becomes of the others."""
    each = list(below)
    may_hold = and_(true(), *(one.may_hold for one in each))
    holds, must_hold = and_(true(), *(one.holds for one in each)), and_(true(), *(one.must_hold for one in each))
    return _Answer(holds, may_hold, must_hold, _earliest(may_hold, each))


def _one_of(below: Iterable[_Answer]) -> _Answer:
    """One that stays true settles the answer, whatever becomes of the others."""
    each = list(below)
    must_hold = or_(false(), *(one.must_hold for one in each))
    holds, may_hold = or_(false(), *(one.holds for one in each)), or_(false(), *(one.may_hold for one in each))
    return _Answer(holds, may_hold, must_hold, _earliest(not_(must_hold), each))


def _earliest(is_open: Expression, below: Iterable[_Answer]) -> Any:
    dues = [each.due for each in below if each.due is not None]
    return case((is_open, func.least(*dues))) if dues else None


class _Compiler:
    """Gathers the rows that a rule needs beside a person, and turns its nodes into answers over them."""

    def __init__(self, now: datetime) -> None:
        self.source: FromClause = PERSON
        self._now = now
        self._has_account = False
        self._leaves = 0

    def answer(self, rule: rules.Rule) -> _Answer:  # noqa: PLR0911 - one answer for each kind
        match rule:
            case rules.And(below):
                return _all_of(self.answer(each) for each in below)
            case rules.Or(below):
                return _one_of(self.answer(each) for each in below)
            case rules.Not(below):
                found = self.answer(below)
                return _Answer(not_(found.holds), not_(found.must_hold), not_(found.may_hold), found.due)
            case rules.Attribute():
                return _attribute(rule, self._now)
            case rules.AccountAttribute(name, operator, values):
                self._join_account()
                asked = rules.Attribute(name, operator, values)
                return _certain(compared(asked, ACCOUNT.c.attributes, self._now))
            case rules.InSegment(segment):
                return _certain(_in_segment(segment))
            case rules.Touches():
                return self._beside(_touched(rule, self._now))
            case rules.Purchases():
                return self._beside(_bought(rule, self._now))
            case rules.Consent():
                return self._beside(_consenting(rule, self._now))
        return _certain(true())

    def _beside(self, leaf: Select[Any]) -> _Answer:
        self._leaves += 1
        row = leaf.lateral(f"leaf_{self._leaves}")
        self.source = self.source.join(row, true())
        return _timed(row.c.is_true, row.c.due_time)

    def _join_account(self) -> None:
        if not self._has_account:
            is_it = and_(ACCOUNT.c.account_id == PERSON.c.account_id, ACCOUNT.c.is_active)
            self.source = self.source.outerjoin(ACCOUNT, is_it)
            self._has_account = True


def compared(asked: rules.Attribute, attributes: Any, now: datetime) -> Expression:
    """Whether an attribute in a JSON column fits; false where it is not set or has another type."""
    value = attributes[asked.attribute]
    return func.coalesce(_comparison(asked, attributes, value, now), False)


def _comparison(asked: rules.Attribute, attributes: Any, value: Any, now: datetime) -> Any:
    match asked.operator:
        case Operator.IS_SET:
            return attributes.has_key(asked.attribute)
        case Operator.EQUALS:
            # Of a JSON array `@>` is true when a word is in it, of anything else when it is the same.
            return value.bool_op("@>")(any_(cast([plain(each) for each in asked.values], ARRAY(JSONB))))
        case Operator.CONTAINS | Operator.STARTS_WITH:
            text = value.astext
            begins = asked.operator is Operator.STARTS_WITH
            fits = [func.starts_with(text, each) if begins else func.strpos(text, each) > 0 for each in asked.values]
            return case((func.jsonb_typeof(value) == "string", or_(*fits)), else_=False)
        case Operator.AT_LEAST | Operator.LESS_THAN:
            return _ordered(value, asked)
    moment = _moment(value)
    at, within = microseconds(now), (asked.within or timedelta()) // timedelta(microseconds=1)
    first, last = (at - within, at) if asked.operator is Operator.WITHIN_LAST else (at, at + within)
    return and_(moment > first, moment <= last)


def _ordered(value: Any, asked: rules.Attribute) -> Any:
    wanted = asked.values[0]
    if isinstance(wanted, datetime):
        kept, bound = _moment(value), literal(microseconds(wanted), BigInteger)
    else:
        kept = case((func.jsonb_typeof(value) == "number", cast(value.astext, Numeric)))
        bound = cast(literal(repr(wanted), Text), Numeric)
    return kept < bound if asked.operator is Operator.LESS_THAN else kept >= bound


def _moment(value: Any) -> Any:
    """Microseconds since 1970 of a moment; NULL for anything else."""
    return case((func.jsonb_typeof(value) == "object", cast(value["time"].astext, BigInteger)))


def plain(value: rules.Plain) -> Any:
    """A value as attributes keep it."""
    return {"time": microseconds(value)} if isinstance(value, datetime) else value


def microseconds(at: datetime) -> int:
    """A moment in microseconds since 1970."""
    return (at - _1970) // timedelta(microseconds=1)


def _touched(asked: rules.Touches, now: datetime) -> Select[Any]:
    """Whether so many touches are in the window; and when one of the future comes, or the window loses the touch that
    makes a bound hold or break.
    """
    is_here = TOUCH.c.occurred_time <= now
    number = func.count().filter(is_here)
    fits = number >= asked.least if asked.max_count is None else number.between(asked.least, asked.max_count)
    coming = func.min(TOUCH.c.occurred_time).filter(not_(is_here))
    is_asked = [TOUCH.c.person_id == PERSON.c.person_id, TOUCH.c.type == any_(cast(list(asked.types), ARRAY(Text)))]
    if asked.within is not None and asked.within <= now - rules.BEGINNING:
        is_asked.append(TOUCH.c.occurred_time > now - asked.within)
    due = func.least(coming, *_expiries(asked, is_here))
    return select(fits.label("is_true"), due.label("due_time")).where(*is_asked, not_(TOUCH.c.is_corrected))


def _expiries(asked: rules.Touches, is_here: Expression) -> list[Any]:
    if asked.within is None:
        return []
    bounds = {asked.least, *([] if asked.max_count is None else [asked.max_count + 1])} - {0}
    occurred = TOUCH.c.occurred_time
    newest = func.array_agg(aggregate_order_by(occurred, occurred.desc()), type_=ARRAY(MOMENT)).filter(is_here)
    moments = [func.max(occurred).filter(is_here) if bound == 1 else newest[bound] for bound in sorted(bounds)]
    return [case((moment <= rules.END - asked.within, moment + bindparam(None, asked.within))) for moment in moments]


def _bought(asked: rules.Purchases, now: datetime) -> Select[Any]:
    """Whether so much was bought in the window; and when a purchase of the future comes, or the window loses one."""
    ours, kept = PERSON.alias("ours"), PURCHASE.c
    is_here = kept.purchase_time <= now
    number = func.count().filter(is_here, kept.amount_minor >= 0)
    fits = [number >= asked.least]
    if asked.max_count is not None:
        fits.append(number <= asked.max_count)
    if asked.min_amount is not None:
        fits.append(func.coalesce(func.sum(kept.amount_minor).filter(is_here), 0) >= asked.min_amount)
    is_asked = [ours.c.person_id == PERSON.c.person_id]
    if asked.products:
        is_asked.append(kept.product == any_(cast(list(asked.products), ARRAY(Text))))
    if asked.currency:
        is_asked.append(kept.currency == asked.currency)
    if asked.within is not None and asked.within <= now - rules.BEGINNING:
        is_asked.append(kept.purchase_time > now - asked.within)
    due = [func.min(kept.purchase_time).filter(not_(is_here))]
    if asked.within is not None:
        oldest = func.min(kept.purchase_time).filter(is_here)
        due.append(case((oldest <= rules.END - asked.within, oldest + bindparam(None, asked.within))))
    return (
        select(and_(*fits).label("is_true"), func.least(*due).label("due_time"))
        .select_from(ours.join(PURCHASE, kept.contact_id == ours.c.contact_id))
        .where(*is_asked)
    )


def _in_segment(segment: UUID) -> Expression:
    ours, kept = PERSON.alias("ours"), MEMBERSHIPS
    found = select(literal(1)).select_from(ours.join(kept, kept.c.contact_id == ours.c.contact_id))
    return found.where(ours.c.person_id == PERSON.c.person_id, kept.c.segment_id == segment).exists()


def _consenting(asked: rules.Consent, now: datetime) -> Select[Any]:
    """Whether one of the addresses has one of the states; and when something that was said begins or runs out."""
    ours, said = PERSON.alias("ours"), _said(asked, now).lateral("said")
    fits = func.bool_or(said.c.reading.in_([state.value for state in asked.states]))
    return (
        select(func.coalesce(fits, False).label("is_true"), func.min(said.c.due_time).label("due_time"))
        .select_from(ours.join(LINK, LINK.c.contact_id == ours.c.contact_id).join(said, true()))
        .where(ours.c.person_id == PERSON.c.person_id, *held(asked))
    )


def held(asked: rules.Consent) -> list[Expression]:
    """Links by which somebody holds an address of the channel now."""
    return [
        LINK.c.kind.in_(["holds", "shared"]),
        LINK.c.identifier_kind == IDENTIFIER_OF_CHANNEL[asked.channel],
        LINK.c.retracted_time.is_(None),
        LINK.c.to_time.is_(None),
    ]


def _said(asked: rules.Consent, now: datetime) -> Select[Any]:
    """What was said about an address comes to, as far as it stands; and when that may change."""
    each, later = CONSENT.alias("each"), CONSENT.alias("later")
    answered = (
        select(literal(1))
        .where(
            later.c.subject_id == each.c.subject_id,
            *_covers(later, asked),
            later.c.capture_time <= now,
            func.row(later.c.capture_time, later.c.consent_id) > func.row(each.c.capture_time, each.c.consent_id),
            _answers(each, later),
        )
        .exists()
    )
    is_ahead = each.c.capture_time > now
    moments = [case((moment > now, moment)) for moment in (each.c.capture_time, each.c.effective_to_time)]
    due = func.min(func.least(*moments))
    reading = _reading(asked, each, is_ahead, now)
    return select(reading.label("reading"), due.label("due_time")).where(
        each.c.subject_id == LINK.c.subject_id, *_covers(each, asked), or_(is_ahead, not_(answered))
    )


def _reading(asked: rules.Consent, said: Any, is_ahead: Expression, now: datetime) -> Any:
    """Before all goes a suppression, then a refusal, a grant, one that is pending, one that ran out."""
    stopped = (
        select(literal(1))
        .where(
            SUPPRESSION.c.subject_id == LINK.c.subject_id,
            SUPPRESSION.c.is_active,
            SUPPRESSION.c.channel.in_([EVERY, asked.channel]),
        )
        .correlate(LINK)
        .exists()
    )
    is_refused = and_(not_(is_ahead), said.c.status.in_(REFUSALS))
    is_out = said.c.effective_to_time <= now
    weights = case((is_ahead, 0), (is_refused, 4), (is_out, 1), (said.c.status == "GRANTED", 3), else_=2)
    is_spoken_last = said.c.status == Reading.EXPIRED.value  # what somebody said is told before what ran out
    newest = aggregate_order_by(said.c.status, is_spoken_last, said.c.capture_time.desc(), said.c.consent_id.desc())
    is_told_apart = REFUSALS & set(asked.states) not in (frozenset(), REFUSALS)
    refusal = func.array_agg(newest, type_=ARRAY(Text)).filter(is_refused)[1] if is_told_apart else min(REFUSALS)
    states = (Reading.EXPIRED, Reading.PENDING, Reading.GRANTED, refusal)
    weighed: dict[int, str] = dict(enumerate(states, start=1))
    reading = case(weighed, value=func.max(weights), else_=Reading.NONE.value)
    return case((stopped, Reading.SUPPRESSED.value), else_=reading)


def _covers(said: Any, asked: rules.Consent) -> list[Expression]:
    channels, topics = [EVERY, asked.channel], [EVERY, asked.topic]
    return [said.c.purpose == asked.purpose, said.c.channel.in_(channels), said.c.topic.in_(topics)]


def _answers(earlier: Any, later: Any) -> Expression:
    is_same = and_(later.c.channel == earlier.c.channel, later.c.topic == earlier.c.topic)
    is_within = and_(
        or_(earlier.c.channel == EVERY, earlier.c.channel == later.c.channel),
        or_(earlier.c.topic == EVERY, earlier.c.topic == later.c.topic),
    )
    is_lifted = and_(earlier.c.status.in_(REFUSALS), later.c.status == "GRANTED", is_within)
    return or_(and_(is_same, later.c.status != "PENDING"), is_lifted)


def _attribute(asked: rules.Attribute, now: datetime) -> _Answer:
    holds = compared(asked, PERSON.c.attributes, now)
    if asked.within is None:
        return _certain(holds)
    within = asked.within // timedelta(microseconds=1)
    value = _moment(PERSON.c.attributes[asked.attribute])
    other = value + within if asked.operator is Operator.WITHIN_LAST else value - within
    is_ahead = [and_(moment > microseconds(now), moment <= microseconds(rules.END)) for moment in (value, other)]
    moments = [case((ahead, _as_time(moment))) for ahead, moment in zip(is_ahead, (value, other), strict=True)]
    return _timed(holds, func.least(*moments))


def _as_time(value: Any) -> Any:
    """A moment from its microseconds, exactly: PostgreSQL multiplies an interval as a float, so seconds go apart."""
    seconds = value // 1_000_000 * bindparam(None, timedelta(seconds=1))
    return literal(_1970, MOMENT) + seconds + value % 1_000_000 * bindparam(None, timedelta(microseconds=1))


__all__ = ["alive", "answers", "between", "compared", "everybody", "members", "microseconds", "only", "plain"]
