"""Records that may be one person: who meets, why, how likely; and what somebody said stays said."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chassis.errors import NotFound
from touchline.contact.v1 import contact_pb2 as pb

from services.contact.domain import duplicates as rules
from services.contact.domain.duplicates import Clue, Traits
from services.contact.usecases.duplicates import find_duplicates
from tests.contact.people import create, email
from tests.serving import Served

ACME, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


def record(name: str, *mails: str, account: uuid.UUID | None = None, **more: Any) -> Traits:
    identifiers = [("email", mail) for mail in mails] + list(more.items())
    return rules.traits(uuid.uuid4(), name, account, identifiers)


LUKE, KULE = record("Łukasz Müller-Groß", account=ACME), record("gross muller LUKASZ", account=ACME)
INES, MISSPELT = record("Ines Weber", account=ACME), record("Ines Webber", account=ACME)
SHORT, LONG = record("I. Weber", "ines.weber@a.example"), record("Ines Weber", "inesweber+x@b.example")
DESK = [record("Ines Weber", "desk@a.example") for _ in range(2)]
ROLES = record("Ines Weber", "info@a.example"), record("Omar Haddad", "info@b.example")
TWO_IDS = [record("Ines Weber", f"ines.weber@{host}.example", **{"crm:x": host}) for host in "ab"]


@pytest.mark.parametrize(
    ("one", "other", "clues"),
    [
        (LUKE, KULE, "SAME_NAME SAME_COMPANY"),
        (INES, MISSPELT, "SIMILAR_NAME SAME_COMPANY"),
        (SHORT, LONG, "INITIALS SAME_MAIL_NAME"),
        (*DESK, "SAME_NAME SHARED_ADDRESS"),
        (*TWO_IDS, "SAME_NAME SAME_MAIL_NAME TWO_EXTERNAL_IDS"),
        (INES, record("Omar Haddad", account=ACME), "SAME_COMPANY"),
        (record("", account=ACME), record("", account=OTHER), ""),
        (*ROLES, ""),
    ],
)
def test_a_score_is_the_sum_of_its_clues(one: Traits, other: Traits, clues: str) -> None:
    found = rules.compare(one, other)
    assert " ".join(kind for kind, _ in found.clues) == clues
    assert found.score == min(100, max(0, sum(points for _, points in found.clues)))
    assert rules.compare(other, one) == found
    if found.score >= rules.THRESHOLD:
        assert rules.keys(one) & rules.keys(other), "likely records that never meet"


def test_a_name_alone_is_not_enough_and_a_name_with_a_company_is() -> None:
    assert rules.POINTS[Clue.SAME_NAME] < rules.THRESHOLD
    assert rules.POINTS[Clue.SAME_NAME] + rules.POINTS[Clue.SAME_COMPANY] >= rules.THRESHOLD


async def seek(contact: Served) -> int:
    """What the chore does, for what changed up to this moment."""
    now = datetime.now(UTC) + timedelta(seconds=1)
    async with contact.database.transaction() as tx:
        return await find_duplicates(tx, until=now, now=now)


async def pairs(api: Any, **wish: Any) -> pb.ListDuplicateCandidatesResponse:
    return await api.ListDuplicateCandidates(pb.ListDuplicateCandidatesRequest(**wish))


async def test_likely_pairs_are_listed_with_their_clues_and_a_dismissed_one_never_again(
    contact: Served, api: Any
) -> None:
    account = await api.CreateAccount(pb.CreateAccountRequest(account=pb.Account(display_name="Acme")))
    ines = await create(api, "Ines Weber", email("ines.weber@acme.example"), account=account.name)
    dup = await create(api, "Weber, Ines", email("ines.weber@home.example"), account=account.name)
    odd = await create(api, "Ines Webber", account=account.name)
    await create(api, "Omar Haddad", account=account.name)
    assert await seek(contact) == 4
    assert await seek(contact) == 0  # nobody changed since
    first = await pairs(api, page_size=1)
    (best,) = first.duplicate_candidates
    assert (best.contact, best.duplicate, best.score) == (ines.name, dup.name, 100)
    kinds = [pb.DuplicateCandidate.Clue.Kind.Name(each.kind) for each in best.clues]
    assert kinds == ["KIND_SAME_NAME", "KIND_SAME_MAIL_NAME", "KIND_SAME_COMPANY"]
    rest = await pairs(api, page_size=5, page_token=first.next_page_token)
    assert {(each.contact, each.duplicate) for each in rest.duplicate_candidates} == {
        (ines.name, odd.name), (dup.name, odd.name),
    }  # fmt: skip
    dismiss = pb.DismissDuplicateCandidateRequest(name=best.name, request_id=str(uuid.uuid4()))
    answers = [await api.DismissDuplicateCandidate(dismiss) for _ in range(2)]
    assert {each.state for each in answers} == {pb.DuplicateCandidate.STATE_DISMISSED}
    await api.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=dup.name, title="CTO")))
    await seek(contact)
    assert best.name not in {each.name for each in (await pairs(api)).duplicate_candidates}


async def test_what_is_no_longer_alike_or_no_longer_there_is_not_offered(contact: Served, api: Any) -> None:
    ines, dup = [await create(api, "Ines Weber", email(f"ines.weber@{host}.example")) for host in "ab"]
    await seek(contact)
    assert len((await pairs(api)).duplicate_candidates) == 1
    await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=dup.name))
    assert not (await pairs(api)).duplicate_candidates
    await api.UnmergeContact(pb.UnmergeContactRequest(name=dup.name))
    assert len((await pairs(api)).duplicate_candidates) == 1
    await api.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=dup.name, display_name="Omar Haddad")))
    await seek(contact)
    assert not (await pairs(api)).duplicate_candidates


async def test_a_pair_is_for_who_sees_both(contact: Served, api: Any) -> None:
    for team, host in (("north", "a"), ("south", "b")):
        await create(api, "Ines Weber", email(f"ines.weber@{host}.example"), team=f"teams/{team}")
        await create(api, "Ada Novak", email(f"ada.novak@{host}.example"), team="teams/north")
    await seek(contact)
    mira = await contact.stub("marketer", subject="users/mira", team="north")
    (shown,) = (await pairs(mira)).duplicate_candidates
    assert shown.contact_display_name == "Ada Novak"
    hidden = next(each for each in (await pairs(api)).duplicate_candidates if each.name != shown.name)
    for name in (hidden.name, f"duplicateCandidates/{uuid.uuid4()}"):
        with pytest.raises(NotFound):
            await mira.DismissDuplicateCandidate(pb.DismissDuplicateCandidateRequest(name=name))
