"""Erasing, restricting and holding a person in the console: asked for, shown, lifted, with a receipt that verifies."""

import base64
import html
import io
import json
import uuid
import zipfile

from chassis.signing import is_signed

from tests.console.readers import fields
from tests.flows.campaigns import until


async def test_a_person_is_erased_and_the_receipt_can_be_checked(stage, reader):
    person = await stage.person("Ada Erased", email="ada.erased@kiln.example")
    admin, jana = await reader("adam"), await reader("jana")
    assert "/erase" not in await jana.read(f"/{person}/record")
    assert (await jana.client.get(f"/{person}/erase")).status_code == 403
    form = fields(await admin.read(f"/{person}/erase"), f"/{person}/erase")
    refused = await admin.send(f"/{person}/erase", **form | {"verification": "passport"})
    assert (refused.status_code, "cannot be taken back" in refused.text) == (400, True)
    answer = await admin.send(f"/{person}/erase", **form | {"verification": "passport", "sure": "yes"})
    assert answer.status_code == 303, answer.text
    erasure = answer.headers["location"]
    assert "This person was erased" in await admin.read(f"/{person}/record")
    assert erasure in await admin.read("/erasures")

    async def is_acknowledged() -> bool:
        return "Signed receipt" in await admin.read(erasure)

    await until(is_acknowledged)
    page = html.unescape(await admin.read(erasure))
    assert all(name in page for name in ("interaction", "segmentation", "campaign", "identity_link"))
    kept = json.loads((await admin.client.get(f"{erasure}/receipt")).text)
    key, signature = (base64.urlsafe_b64decode(kept[name]) for name in ("public_key", "signature"))
    assert is_signed(kept["statement"].encode(), signature, key)


async def test_everything_about_a_person_is_one_archive_and_stands_in_the_audit_log(stage, reader):
    person = await stage.person("Ada Export", email="ada.export@kiln.example")
    admin, jana = await reader("adam"), await reader("jana")
    assert (await jana.client.get(f"/{person}/export")).status_code == 403
    assert (await jana.client.get("/audit")).status_code == 403
    form = fields(await admin.read(f"/{person}/export"), f"/{person}/export")
    assert (await admin.send(f"/{person}/export", **form)).status_code == 400
    answer = await admin.send(f"/{person}/export", **form | {"reason": "she asked"})
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert "ada.export@kiln.example" in archive.read("contact/contact.json").decode()
        manifest = json.loads(archive.read("manifest.json"))
    assert (manifest["contact"], manifest["exporter"]) == (person, "users/adam")
    page = html.unescape(await admin.read("/audit", resource=person))
    assert "she asked" in page
    assert "Nothing found" in await admin.read("/audit", resource='" OR actor = "')


async def test_a_person_is_restricted_and_held_with_a_reason_and_both_are_lifted_with_one(stage, reader):
    person = await stage.person("Ada Disputes")
    admin, mira, tomas = await reader("adam"), await reader("mira"), await reader("tomas")
    assert (await tomas.client.get(f"/{person}/restriction")).status_code == 403
    assert (await mira.client.get(f"/{person}/hold")).status_code == 403
    for kind, named in (("restriction", "Restriction"), ("hold", "Legal hold")):
        address = f"/{person}/{kind}"
        form = fields(await admin.read(address), address)
        refused = await admin.send(address, **form | {"reason": " "})
        assert (refused.status_code, "kept beside your name" in refused.text) == (400, True)
        done = await admin.send(address, **form | {"reason": "<b>disputes</b> it"})
        assert done.headers["location"] == f"/{person}/record", done.text
        record = await admin.read(f"/{person}/record")
        assert f"<strong>{named}</strong> since" in record
        assert "Adam" in record
        assert "&lt;b&gt;disputes&lt;/b&gt; it" in record
        assert kind.removesuffix("ion") in await admin.read(f"/{person}")
        stale = await admin.send(address, **form | {"reason": "again", "request": str(uuid.uuid4())})
        assert (stale.status_code, "Somebody else changed this" in stale.text) == (400, True)
        form = fields(await admin.read(address), address)
        assert (await admin.send(address, **form | {"reason": "was right"})).status_code == 303
        assert named not in (await admin.read(f"/{person}/record")).partition("What it says")[0]
    log = await admin.read("/audit", resource=person)
    told = ("restricted", "lifted the restriction of", "laid a hold on", "released the hold on")
    assert all(f"<td>{what}</td>" in log for what in told)
    assert log.count("was right") == 2
