"""An activity ready to be written: its templates compiled once, its sender, its names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis import telemetry
from chassis.db import Tx

from services.campaign.domain.mailings import Mailing, Source, compile_mailing
from services.campaign.domain.packing import Press
from services.campaign.domain.sends import Reason
from services.campaign.domain.touches import Named
from services.campaign.gateways.mail import Address, KeyUnusableError, Signer, signer
from services.campaign.store import mailings

LOG = telemetry.logger(__name__)
MOST = 100  # activities that are kept compiled


@dataclass(frozen=True)
class Prepared:
    """What is the same in all mails of one activity, as of one version of it; `ids` are those that its tokens name.

    `obstacle` is why none of them can leave now, "" where nothing is in the way.
    """

    mailing: Mailing
    press: Press
    version: int
    named: Named
    ids: Mapping[str, str]
    from_: Address
    reply_to: Address | None
    signers: tuple[Signer, ...]
    topic: str
    is_tracked: bool
    variables: Mapping[str, Any]
    obstacle: str = ""


class Preparation:
    """Keeps activities compiled until they or their campaign change."""

    def __init__(self, dkim_key_dir: str) -> None:
        self._dkim_key_dir = dkim_key_dir
        self._kept: dict[UUID, tuple[tuple[int, int], Prepared]] = {}

    async def get(self, tx: Tx, activity: UUID) -> Prepared | None:
        """The activity as it is now; None when it is gone. Raises TemplateInvalidError when it cannot be written."""
        current = await mailings.version(tx, activity)
        kept = self._kept.get(activity)
        if kept is not None and kept[0] == current:
            return kept[1]
        row = await mailings.read(tx, activity)
        if row is None:
            return None
        prepared = self._prepare(activity, row)
        if prepared.obstacle:
            return prepared
        if len(self._kept) >= MOST:
            self._kept.pop(next(iter(self._kept)))
        self._kept[activity] = ((row.revision, row.campaign_revision), prepared)
        return prepared

    def _prepare(self, activity: UUID, row: Any) -> Prepared:
        found, obstacle = self._signer(row)
        source = Source(row.subject_template, row.html_template, row.text_template)
        return Prepared(
            mailing=compile_mailing(source),
            press=Press(source),
            version=row.version,
            named=Named(
                campaign=row.campaign_id,
                activity=activity,
                campaign_name=row.campaign_name,
                activity_name=row.display_name,
            ),
            ids={"campaign": str(row.campaign_id), "activity": str(activity)},
            from_=Address(row.sender_address, row.sender_name),
            reply_to=Address(row.reply_to_address) if row.reply_to_address else None,
            signers=(found,) if found is not None else (),
            topic=row.subscription_topic,
            is_tracked=not row.untracked,
            variables={
                "sender": {"display_name": row.sender_name, "address": row.sender_address},
                "campaign": {"display_name": row.campaign_name},
                "view": "mail",
            },
            obstacle=obstacle,
        )

    def _signer(self, row: Any) -> tuple[Signer | None, str]:
        try:
            return signer(self._dkim_key_dir, row.dkim_domain, row.dkim_selector), ""
        except KeyUnusableError as error:
            LOG.warning("dkim_key_unusable", error=str(error))
            return None, Reason.DKIM_KEY_UNUSABLE
