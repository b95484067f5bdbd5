"""Methods that carry a campaign out: dry run, launch, pause, resume, cancel."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.calls import caller
from chassis.db import Tx
from chassis.masking import mask
from touchline.campaign.v1 import campaign_pb2 as pb

from services.campaign.domain.activities import Problem
from services.campaign.domain.campaigns import State
from services.campaign.domain.people import Reader
from services.campaign.models import CAMPAIGN, CONTACT, Campaign
from services.campaign.rpc.desk import Desk, campaign_message, scheduled_of, sees
from services.campaign.store import activities as activity_store
from services.campaign.store import campaigns as store
from services.campaign.usecases import dry_runs, readiness
from services.campaign.usecases import launches as usecases

Response = pb.DryRunCampaignResponse


class Launches(Desk):
    """The verbs of a campaign."""

    async def GetCampaign(self, request: pb.GetCampaignRequest, context: Any = None) -> pb.Campaign:
        campaign_id = CAMPAIGN.parse_uuid(request.name)
        async with self.transaction() as tx:
            return await self._counted(tx, await store.get_campaign(tx, campaign_id))

    async def DryRunCampaign(self, request: pb.DryRunCampaignRequest, context: Any = None) -> Response:
        campaign_id = CAMPAIGN.parse_uuid(request.name)
        runs, problems = await dry_runs.dry_run(
            self.database,
            self.outside.segments,
            self.outside.consents,
            campaign_id,
            key_dir=self.outside.settings.dkim_key_dir,
            counts=lambda reader: (
                self.counts_all() or (reader is not None and self.may_know(reader.owner, reader.team))
            ),
            now=self.clock.now(),
        )
        for run in runs:
            run.people = [reader for reader in run.people if self.may_know(reader.owner, reader.team)]
        return Response(activities=map(run_message, runs), problems=map(problem_message, problems))

    async def LaunchCampaign(self, request: pb.LaunchCampaignRequest, context: Any = None) -> pb.Campaign:
        campaign_id, scheduled = CAMPAIGN.parse_uuid(request.name), scheduled_of(request)
        problems, looked_at = await self._problems(campaign_id)
        async with self.transaction() as tx:
            campaign = await usecases.launch_campaign(
                tx,
                campaign_id,
                scheduled=scheduled,
                etag=request.etag,
                launcher=caller().subject,
                problems=problems,
                looked_at=looked_at,
                now=self.clock.now(),
            )
            return tx.answer(await self._counted(tx, campaign))

    async def PauseCampaign(self, request: pb.PauseCampaignRequest, context: Any = None) -> pb.Campaign:
        campaign_id = CAMPAIGN.parse_uuid(request.name)
        async with self.transaction() as tx:
            campaign = await usecases.pause_campaign(tx, campaign_id, reason=request.reason, now=self.clock.now())
            return tx.answer(await self._counted(tx, campaign))

    async def ResumeCampaign(self, request: pb.ResumeCampaignRequest, context: Any = None) -> pb.Campaign:
        campaign_id = CAMPAIGN.parse_uuid(request.name)
        async with self.transaction() as tx:
            campaign = await usecases.resume_campaign(tx, campaign_id, now=self.clock.now())
            return tx.answer(await self._counted(tx, campaign))

    async def CancelCampaign(self, request: pb.CancelCampaignRequest, context: Any = None) -> pb.Campaign:
        campaign_id = CAMPAIGN.parse_uuid(request.name)
        async with self.transaction() as tx:
            campaign = await usecases.cancel_campaign(tx, campaign_id, reason=request.reason, now=self.clock.now())
            return tx.answer(await self._counted(tx, campaign))

    async def _counted(self, tx: Tx, campaign: Campaign) -> pb.Campaign:
        await tx.flush()
        found = await activity_store.of_campaign(tx, campaign.id)
        return campaign_message(campaign, await self.counts(tx, [activity.id for activity in found]))

    async def _problems(self, campaign_id: UUID) -> tuple[list[Problem], Mapping[UUID, int]]:
        """What others say against a draft, and the revisions of the activities that they were asked about."""
        async with self.database.transaction() as tx:
            campaign = await store.get_campaign(tx, campaign_id)
            found = await activity_store.of_campaign(tx, campaign_id) if campaign.state == State.DRAFT else []
        problems = await readiness.key_problems(self.database, self.outside.settings.dkim_key_dir, found)
        problems += await readiness.audience_problems(self.outside.segments, found)
        return problems, {activity.id: activity.revision for activity in found}


def run_message(run: dry_runs.Run) -> Any:
    """What would become of one activity."""
    return Response.ActivityRun(
        activity=run.activity,
        audience=run.audience,
        planned=run.planned,
        suppressed=_reasons(run.suppressed.most_common()),
        held=_reasons(run.held.most_common()),
        people=map(_person, run.people),
        suppressed_by=[
            Response.Origin(source=source, count=count) for source, count in run.suppressed_by.most_common()
        ],
    )


def problem_message(problem: Problem) -> pb.LaunchProblem:
    return pb.LaunchProblem(reason=problem.reason, activity=problem.activity, description=problem.description)


def _reasons(found: Sequence[tuple[str, int]]) -> list[Any]:
    return [Response.Reason(reason=reason, count=count) for reason, count in found]


def _person(reader: Reader) -> Any:
    told = Response.Person(contact=CONTACT.format(reader.id), display_name=reader.display_name, address=reader.email)
    return mask(told, sees(reader.owner, reader.team))
