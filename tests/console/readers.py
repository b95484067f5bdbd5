"""Somebody who reads the console without a script: plain requests, plain HTML."""

import html
import re

import httpx


class Reader:
    """Somebody who has logged in and reads without a script."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client, self.csrf = client, ""

    async def log_in(self, user: str) -> "Reader":
        first = await self.client.get("/login")
        data = {"csrf": csrf_of(first), "user": user, "time_zone": "Europe/Prague"}
        assert (await self.client.post("/login", data=data)).status_code == 303
        self.csrf = csrf_of(await self.client.get("/nothing"))
        return self

    async def read(self, path: str, **params) -> str:
        answer = await self.client.get(path, params=params or None)
        assert answer.status_code == 200, answer.text
        return answer.text

    async def send(self, path: str, **form) -> httpx.Response:
        return await self.client.post(path, data={"csrf": self.csrf, **form})


def csrf_of(page: httpx.Response) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', page.text)[1]


def hidden(text: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', text)[1]


def fields(text: str, action: str) -> dict[str, str]:
    """The hidden fields and typed values of the form that posts to an address, as a browser would send them."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', text, re.DOTALL)
    assert form, f"no form posts to {action}"
    found = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        kind, name = attribute(tag, "type"), attribute(tag, "name")
        if name and (kind not in {"checkbox", "radio"} or " checked" in tag):
            found[name] = html.unescape(attribute(tag, "value"))
    for name, value in re.findall(r'<textarea name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form[0], re.DOTALL):
        found[name] = html.unescape(value)
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form[0], re.DOTALL):
        values = re.findall(r'<option value="([^"]*)"( selected)?', options)
        found[name] = html.unescape(next((value for value, mark in values if mark), values[0][0] if values else ""))
    found.pop("csrf", None)
    return found


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return found[1] if found else ""
