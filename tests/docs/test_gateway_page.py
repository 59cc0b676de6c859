"""What the reference of the gateway lists is what there is."""

import asyncio
import re

import httpx
import pytest

import unillm
from tests.house.sources import PACKAGE, ROOT
from unillm._wire.serve import failed
from unillm.gateway import Settings, app
from unillm.gateway.settings import AT_ONCE, MOST_BYTES, SILENCE

TEXT = (ROOT / "docs" / "gateway.md").read_text(encoding="utf-8")
KEY = "the-key-of-this-test"
BASE = "http://here.example"
ADDRESSES = [
    (method, path, at)
    for method, listed in re.findall(r"\| `(GET|POST) ([^|]+?)` \|", TEXT)
    for path in listed.split("`, `GET ")
    for at in ([path, path.removeprefix("/v1")] if path.startswith("/v1") else [path])
]
SOURCES = [
    path.read_text(encoding="utf-8")
    for folder in ("gateway", "_wire/serve")
    for path in (PACKAGE / folder).rglob("*.py")
]


async def asked(method, path, **given):
    async with unillm.AsyncClient() as client:
        made = app(client, Settings(key=KEY, hosts=frozenset({"here.example"})))
        transport = httpx.ASGITransport(made)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
            return await http.request(method, path, **given)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(("method", "path", "at"), ADDRESSES, ids=str)
def test_an_address_is_served_with_the_key_alone(method, path, at):
    given = {"json": {}} if method == "POST" else {}
    shown = {"authorization": f"Bearer {KEY}"}
    filled = at.replace("{id}", "deepseek-v4-pro")
    answer = asyncio.run(asked(method, filled, headers=shown, **given))
    assert "not_served" not in answer.text
    without = asyncio.run(asked(method, filled, **given))
    is_open = path in {"/", "/health"}
    assert without.status_code == (200 if is_open else 401)


def test_the_addresses_were_found():
    assert {at for _, _, at in ADDRESSES} > {"/", "/health", "/v1/messages", "/models/{id}"}


def test_every_code_of_an_error_that_is_ours_is_listed():
    usual = {row[3] for row in failed._KINDS} - {None, "error", "malformed_response"}
    own = {
        code
        for source in SOURCES
        for code in re.findall(r'(?:code=|return \d{3}, |scope, \d{3}, )"(\w+)"', source)
    }
    assert {code for code in usual | own if f"`{code}`" not in TEXT} == set()


def test_every_header_is_listed():
    found = {name for source in SOURCES for name in re.findall(r'"(x-unillm-[a-z-]+)"', source)}
    assert found
    # Of the transport in the same process, which is on its own page.
    found -= {"x-unillm-cost-usd"}
    assert {name for name in found if name not in TEXT} == set()


def test_numbers_are_those_of_the_settings():
    assert f"{AT_ONCE:,} requests" in TEXT
    assert f"{MOST_BYTES // 1024**2} MB" in TEXT
    assert f"every {SILENCE:.0f} seconds" in TEXT
