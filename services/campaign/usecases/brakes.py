"""What sales does with brakes: set them, read them, release them."""

from datetime import datetime
from uuid import UUID

from chassis.db import Tx
from chassis.ids import uuid7
from chassis.lists import Paging
from sqlalchemy import ColumnElement

from services.campaign.domain import brakes as rules
from services.campaign.domain import facts
from services.campaign.domain.brakes import BrakeState, Target
from services.campaign.domain.sends import Reason
from services.campaign.domain.touches import BrakeNoted
from services.campaign.models import Brake
from services.campaign.store import senders as store
from services.campaign.store import sends
from services.campaign.usecases.changes import Values, about


async def get_brake(tx: Tx, brake_id: UUID, known: ColumnElement[bool] | None = None) -> Brake:
    """Read one brake, of those that are `known`."""
    return await store.get_brake(tx, brake_id, known=known)


async def list_brakes(
    tx: Tx, where: ColumnElement[bool] | None, paging: Paging, known: ColumnElement[bool] | None = None
) -> tuple[list[Brake], str]:
    """Read one page of brakes, of those that are `known`, newest first."""
    return await store.list_brakes(tx, [each for each in (where, known) if each is not None], paging)


async def create_brake(tx: Tx, values: Values, *, creator: str, now: datetime) -> Brake:
    """Hold marketing mail to somebody from now on."""
    rules.check_expiry(values["expire_time"], now)
    brake = Brake(id=uuid7(now), creator=creator, create_time=now, **values)
    tx.add(brake)
    tx.emit(facts.BrakeSet(brake=brake.facts(now), **about(brake, now)))
    _note(tx, brake, user=creator, now=now)
    return brake


async def release_brake(tx: Tx, brake_id: UUID, *, releaser: str, now: datetime) -> Brake:
    """End a brake; what it held is looked at again at once. One that has ended stays as it is."""
    brake = await store.get_brake(tx, brake_id, lock=True)
    if brake.state(now) is not BrakeState.ACTIVE:
        return brake
    brake.release_time, brake.releaser, brake.revision = now, releaser, brake.revision + 1
    tx.emit(facts.BrakeReleased(brake=brake.facts(now), **about(brake, now)))
    _note(tx, brake, user=releaser, now=now)
    await tx.flush()
    await sends.release(tx, [Reason.BRAKE.value], now=now, contacts=await store.held_by(tx, brake_id))
    return brake


def _note(tx: Tx, brake: Brake, *, user: str, now: datetime) -> None:
    """A brake on a contact is a touch of hers. One on a company or a deal is none: it would be one for each of many."""
    if brake.target == Target.CONTACT:
        noted = BrakeNoted(
            brake=brake.id,
            contact=brake.target_id,
            is_released=brake.release_time is not None,
            user=user,
            reason=brake.reason,
            until=brake.expire_time,
            time=now,
        )
        tx.emit(noted)
