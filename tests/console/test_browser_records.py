"""What a real Chromium makes of records and their forms: axe in both themes, a phone, nothing cut off."""

from touchline.contact.v1 import contact_pb2 as pb

from tests.console.test_attributes import archive, register
from tests.console.test_browser_timeline import complaints


async def test_forms_of_records_and_attributes_are_sound_on_a_phone_and_wide_light_and_dark(stage, desk):
    names = [
        await register(stage, f"{kind.title()} of a long name", kind) for kind in ("CHOICE", "MULTI_CHOICE", "DATE")
    ]
    person = await stage.person("Supercalifragilistic" * 6)
    told = {names[1]: pb.AttributeValue(strings_value={"values": ["gold"]})}
    await stage.contact.UpdateContact(pb.UpdateContactRequest(contact=pb.Contact(name=person, attributes=told)))
    for theme, width in (("light", 1440), ("dark", 390)):
        page = await desk.open("adam", viewport={"width": width, "height": 844}, color_scheme=theme)
        for path in ("/attributes", "/attributes/new", f"/attributes/{names[0]}/edit", f"/{person}/record/edit"):
            await page.goto(path)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert await complaints(page) == [], path
    await archive(stage, *names)
