"""What a contact of another team is to somebody: not theirs to change, and no free text about it theirs to read."""

from typing import Any

import pytest
from chassis.errors import PermissionDenied
from touchline.contact.v1 import contact_pb2 as pb

from tests.contact.people import create, email, get

TOUCH = "touches/" + "A" * 43
SAID = "her husband says +420 601 222 333"


@pytest.fixture
async def ines(api: Any) -> pb.Contact:
    return await create(api, "Ines", email("ines@acme.example"), owner="users/jana", team="teams/west")


async def refused(call: Any) -> None:
    with pytest.raises(PermissionDenied) as refusal:
        await call
    assert refusal.value.reason == "CONTACT_MASKED"


async def evidence(stub: Any, contact: pb.Contact) -> list[str]:
    listed = await stub.ListIdentityLinks(pb.ListIdentityLinksRequest(parent=contact.name))
    return [link.evidence for link in listed.identity_links if link.touch]


async def test_a_stranger_takes_no_touch_off_a_contact_and_puts_none_back(api: Any, bob: Any, ines: pb.Contact):
    await refused(bob.ExcludeTouch(pb.ExcludeTouchRequest(parent=ines.name, touch=TOUCH)))
    assert await evidence(api, ines) == []
    await api.ExcludeTouch(pb.ExcludeTouchRequest(parent=ines.name, touch=TOUCH))
    await refused(bob.IncludeTouch(pb.IncludeTouchRequest(parent=ines.name, touch=TOUCH)))


async def test_why_a_link_is_believed_is_for_who_sees_the_person(contact: Any, api: Any, bob: Any, ines: pb.Contact):
    jana = await contact.stub("rep", subject="users/jana")
    request = pb.ExcludeTouchRequest(parent=ines.name, touch=TOUCH, evidence=SAID, request_id="r-1")
    assert (await jana.ExcludeTouch(request)).evidence == SAID
    assert (await jana.ExcludeTouch(request)).evidence == SAID
    assert await evidence(jana, ines) == [SAID]
    assert await evidence(bob, ines) == ["•••"]
    change = pb.UpdateContactRequest(contact=pb.Contact(name=ines.name, owner="users/bob"))
    change.update_mask.paths.append("owner")
    await api.UpdateContact(change)
    assert (await jana.ExcludeTouch(request)).evidence == "•••", "a repeat shows what the caller may see now"


async def test_a_merge_of_others_is_not_a_strangers_to_take_back(contact: Any, api: Any, ines: pb.Contact):
    twin = await create(api, "Inez", email("inez@acme.example"), owner="users/mira", team="teams/marketing")
    await api.MergeContacts(pb.MergeContactsRequest(name=ines.name, duplicate=twin.name))
    mira = await contact.stub("marketer", subject="users/mira", team="teams/marketing")
    await refused(mira.UnmergeContact(pb.UnmergeContactRequest(name=twin.name)))
    assert (await get(api, ines)).merged_contacts == [twin.name]


async def test_who_keeps_contacts_deletes_and_restores_across_teams_and_still_sees_them_masked(
    contact: Any, ines: pb.Contact
):
    mira = await contact.stub("marketer", subject="users/mira", team="teams/marketing")
    assert (await mira.DeleteContact(pb.DeleteContactRequest(name=ines.name))).masked
    restored = await mira.UndeleteContact(pb.UndeleteContactRequest(name=ines.name))
    assert (restored.masked, restored.identifiers[0].value) == (True, "i•••@a•••.example")
