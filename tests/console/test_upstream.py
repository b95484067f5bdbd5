"""Every address of the console while the services answer with each code that there is: no page takes it for a bug."""

import re
from collections.abc import AsyncIterator

import pytest
from grpc import StatusCode

from tests.console.test_http import CONTACT
from tests.console.upstream import AWAY, Door, Upstream, opened

CODES = [code for code in StatusCode if code is not StatusCode.OK]
EXPECTED = {
    **dict.fromkeys(AWAY, 503),
    StatusCode.INTERNAL: 502, StatusCode.UNKNOWN: 502, StatusCode.DATA_LOSS: 502, StatusCode.UNIMPLEMENTED: 502,
    StatusCode.OUT_OF_RANGE: 502, StatusCode.NOT_FOUND: 404, StatusCode.PERMISSION_DENIED: 403,
    StatusCode.UNAUTHENTICATED: 401,
}  # fmt: skip


@pytest.fixture
async def door(keys, tmp_path) -> AsyncIterator[Door]:
    async with opened(keys, tmp_path, Upstream()) as found:
        yield found


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
async def test_no_address_takes_a_service_that_fails_for_a_bug_of_its_own(door, code):
    whole = EXPECTED.get(code, 0)
    for method, path in door.routes:
        answer = await door.ask(method, path, code)
        assert answer.status_code < 500 or answer.status_code == whole, (method, path, answer.status_code)
        if answer.status_code >= 500:
            said = re.search(r"<h1>(.+?)</h1>\s*<p>(.+?)</p>", answer.text)
            assert said[1].startswith("A part of Touchline"), (method, path)
            assert re.search(r"trace <code>[0-9a-f]{32}</code>", answer.text)
            assert ("retry-after" in answer.headers) == (whole == 503)


@pytest.mark.parametrize(("code", "status"), EXPECTED.items(), ids=lambda one: getattr(one, "name", ""))
async def test_the_page_of_a_person_says_what_a_service_answered(door, code, status):
    assert (await door.ask("GET", CONTACT, code)).status_code == status


async def test_a_page_whose_later_question_fails_is_no_bug_either(door):
    """Each method that a page asks fails alone, while the others answer with nothing in them."""
    checked = 0
    for method, path in door.routes:
        first = await door.ask(method, path, None)
        if first.status_code >= 500:  # an answer without anything in it, which no service of ours gives
            continue
        for asked in sorted(door.upstream.asked):
            for code in (StatusCode.UNAVAILABLE, StatusCode.INTERNAL):
                answer = await door.ask(method, path, code, asked)
                checked += 1
                assert answer.status_code < 500 or answer.status_code == EXPECTED[code], (method, path, asked, code)
    assert checked > 250
