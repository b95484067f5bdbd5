"""The verbs of a campaign keep its diagram, whatever their order: the rules against a table written by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.campaign.domain import campaigns as rules
from services.campaign.domain.campaigns import State
from services.campaign.domain.errors import CampaignStateForbidsError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
D, S, R, P, F, C = State.DRAFT, State.SCHEDULED, State.RUNNING, State.PAUSED, State.FINISHED, State.CANCELLED
# Verb: what each state becomes; a state that is missing forbids the verb.
DIAGRAM = {
    "launch": {D: R, S: S, R: R, F: F},
    "launch later": {D: S, S: S, R: R, F: F},
    "start": {S: R},
    "pause": {S: P, R: P, P: P},
    "resume": {P: R, R: R, S: S},
    "resume early": {P: S, R: R, S: S},
    "cancel": {D: C, S: C, R: C, P: C, C: C},
    "finish": {R: F},
}
VERBS = {
    "launch": lambda state: rules.launch(state, None, NOON),
    "launch later": lambda state: rules.launch(state, LATER, NOON),
    "start": rules.start,
    "pause": rules.pause,
    "resume": lambda state: rules.resume(state, None, NOON),
    "resume early": lambda state: rules.resume(state, LATER, NOON),
    "cancel": rules.cancel,
    "finish": rules.finish,
}


@pytest.mark.parametrize("verb", DIAGRAM)
@pytest.mark.parametrize("state", State)
def test_each_verb_does_in_each_state_what_the_diagram_says(verb, state):
    expected = DIAGRAM[verb].get(state)
    if expected is not None:
        assert VERBS[verb](state) is expected
        return
    with pytest.raises(CampaignStateForbidsError) as refused:
        VERBS[verb](state)
    assert refused.value.metadata["state"] == state
    assert set(refused.value.metadata["required"].split(" or ")) == set(DIAGRAM[verb]) | (
        {D} if verb.startswith("launch") else set()
    )


@given(st.lists(st.sampled_from(sorted(VERBS)), max_size=30))
def test_any_sequence_of_verbs_stays_on_the_diagram_and_never_leaves_an_end(verbs):
    state = D
    for verb in verbs:
        try:
            after = VERBS[verb](state)
        except CampaignStateForbidsError:
            after = state
        assert after is DIAGRAM[verb].get(state, state)
        if state in (F, C):
            assert after is state
        state = after


def test_a_moment_that_has_passed_means_now():
    assert rules.launch(D, NOON - timedelta(seconds=1), NOON) is R
    assert rules.resume(P, NOON - timedelta(seconds=1), NOON) is R
