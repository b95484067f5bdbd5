"""The rules of campaign, as tables of cases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from chassis.errors import FailedPrecondition, InvalidArgument

from services.campaign.domain import campaigns, errors
from services.campaign.domain.campaigns import State
from services.campaign.domain.mailings import Rendered, Source
from services.campaign.domain.packing import Kept, Press

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("state", [State.FINISHED, State.CANCELLED])
def test_a_campaign_that_is_over_cannot_be_edited_and_both_states_are_named(state):
    with pytest.raises(errors.CampaignNotEditableError) as refused:
        campaigns.check_editable(state)
    assert isinstance(refused.value, FailedPrecondition)
    assert refused.value.metadata == {"state": state.value, "required": "DRAFT or SCHEDULED or RUNNING or PAUSED"}


@pytest.mark.parametrize("state", [State.DRAFT, State.SCHEDULED, State.RUNNING, State.PAUSED])
def test_a_campaign_that_goes_on_can_be_edited(state):
    campaigns.check_editable(state)


@pytest.mark.parametrize("state", [State.SCHEDULED, State.RUNNING, State.PAUSED, State.FINISHED, State.CANCELLED])
def test_only_a_draft_can_be_deleted(state):
    with pytest.raises(errors.CampaignNotDeletableError, match="Only a draft"):
        campaigns.check_deletable(state)
    campaigns.check_deletable(State.DRAFT)


def test_a_programme_may_last_a_day_but_not_less():
    day = date(2026, 3, 1)
    campaigns.check_dates(day, day)
    campaigns.check_dates(None, day)
    campaigns.check_dates(day, None)
    with pytest.raises(errors.ProgrammeDatesInvalidError) as refused:
        campaigns.check_dates(day, day - timedelta(days=1))
    assert isinstance(refused.value, InvalidArgument)
    assert [violation.field for violation in refused.value.violations] == ["programme.end_date"]


def test_a_campaign_does_not_end_before_it_starts():
    campaigns.check_times(NOON, NOON)
    campaigns.check_times(None, NOON)
    with pytest.raises(errors.CampaignTimesInvalidError) as refused:
        campaigns.check_times(NOON, NOON - timedelta(microseconds=1))
    assert [violation.field for violation in refused.value.violations] == ["campaign.planned_end_time"]


def test_a_mail_is_packed_against_its_templates_and_unpacked_with_no_others():
    source = Source("News for {{ contact.given_name }}", "<p>Grüße</p>" * 500, "Grüße\n" * 500)
    kept = Kept(Rendered("News for Mara", "<p>Grüße</p>" * 500, ""), ("https://shop.example/",))
    packed = Press(source).pack(kept)
    assert Press(source).unpack(packed) == kept
    assert len(packed) < 200
    assert Press(source._replace(subject="Another")).unpack(packed) is None
