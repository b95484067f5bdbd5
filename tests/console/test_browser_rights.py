"""What a real Chromium makes of the pages about a person's rights: axe in both themes, a phone, nothing cut off."""

from touchline.contact.v1 import contact_pb2 as pb

from tests.console.test_browser_timeline import complaints
from tests.flows.campaigns import until


async def test_erasing_barring_exporting_and_the_audit_log_are_sound_on_a_phone_and_wide_light_and_dark(stage, desk):
    kept = await stage.person("Supercalifragilistic" * 6)
    gone = await stage.person("Ada Gone", email="ada.gone@kiln.example")
    erasure = await stage.contact.RequestErasure(pb.RequestErasureRequest(name=gone, verification="passport"))
    await stage.contact.RestrictContact(pb.RestrictContactRequest(name=kept, reason="disputes " + "long" * 40))
    await stage.contact.RevealContact(pb.RevealContactRequest(name=kept, reason="she called " + "and called " * 20))

    async def is_acknowledged() -> bool:
        found = await stage.contact.GetErasure(pb.GetErasureRequest(name=erasure.name))
        return not found.waiting_services

    await until(is_acknowledged)
    pages = (f"/{kept}/erase", f"/{kept}/export", "/erasures", f"/{erasure.name}", "/audit", f"/{gone}/record")
    pages += (f"/{kept}/restriction", f"/{kept}/hold", f"/{kept}/record")
    pages += (f"/{kept}/record/consent", "/consents/audit?from=2025-01-01&to=2027-01-01")
    for theme, width, language in (("light", 1440, "en"), ("dark", 390, "en"), ("light", 390, "de")):
        window = {"viewport": {"width": width, "height": 844}, "color_scheme": theme, "locale": language}
        page = await desk.open("adam", **window)
        for path in pages:
            await page.goto(path)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert await complaints(page) == [], path
