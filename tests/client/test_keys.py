"""How a key comes to the request."""

import asyncio
import gc

import anyio
import pytest
import trio

import unillm
from tests.client.ways import KEY, ONCE, server
from unillm.testing import FakeProvider


async def test_a_key_may_be_a_function_called_for_each_request(way, fake):
    keys = iter(["first", "second", "third"])
    async with way.client(fake, providers=[server(fake, api_key=lambda: next(keys))]) as client:
        await client.chat("Hi")
        async with client.stream("Hi") as stream:
            async for _event in stream:
                pass
        fake.enqueue(unillm.testing.Raw.of_json({}, status=401))
        with pytest.raises(unillm.AuthenticationError):
            await client.chat("Hi")
    sent = [seen.headers["authorization"] for seen in fake.requests]
    assert sent == ["Bearer first", "Bearer second", "Bearer third"]


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
def test_what_an_async_key_function_shields_is_done_to_its_end(run, fake):
    stored = []

    async def key():
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.2)
            stored.append("token")
        return KEY

    async def main():
        limited = unillm.Timeout(total=0.05)
        async with unillm.AsyncClient(
            providers=[server(fake, api_key=key)], timeout=limited, retry=ONCE
        ) as client:
            with pytest.raises(unillm.DeadlineExceededError):
                await client.chat("Hi", model="fake:m")

    run(main) if run is trio.run else run(main())
    assert stored == ["token"]
    assert fake.requests == []


async def test_an_async_key_function_is_for_the_async_client(way, fake):
    async def key():
        await way.pause(0)
        return KEY

    async with way.client(fake, providers=[server(fake, api_key=key)]) as client:
        if way.is_sync:
            with pytest.raises(
                unillm.InvalidRequestError, match="AsyncClient; give Client a plain"
            ):
                await client.chat("Hi")
            with pytest.raises(unillm.InvalidRequestError, match="AsyncClient"):
                async with client.stream("Hi"):
                    pass
            gc.collect()  # no coroutine is left that was never awaited
            assert fake.connections_total == 0
        else:
            await client.chat("Hi")
            assert fake.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_a_key_that_is_neither_text_nor_function_is_refused(way, fake):
    with pytest.raises(
        unillm.InvalidRequestError, match=r"must be a string or a function.*not int"
    ):
        way.client(fake, providers=[server(fake, api_key=5)])


async def test_a_key_function_that_fails_is_named_but_not_quoted(way, fake):
    def key():
        raise LookupError(KEY)

    async def later():
        raise LookupError(KEY)

    for failing in [key] if way.is_sync else [key, later]:
        async with way.client(fake, providers=[server(fake, api_key=failing)]) as client:
            with pytest.raises(unillm.AuthenticationError, match="raised LookupError") as caught:
                await client.chat("Hi")
        assert KEY not in str(caught.value)
    assert fake.requests == []


@pytest.mark.parametrize("key", [f"{KEY}\nx: y", f"{KEY}\u2011", "\x00", "   ", 7])
async def test_what_cannot_be_a_key_is_refused_without_showing_it(way, fake, key):
    async with way.client(fake, providers=[server(fake, api_key=lambda: key)]) as client:
        with pytest.raises(unillm.AuthenticationError, match="characters no key has") as caught:
            await client.chat("Hi")
    assert KEY not in repr(caught.value)
    assert fake.requests == []


@pytest.mark.parametrize("key", [f"{KEY}\n", f" {KEY} ", f"\t{KEY}\r\n"])
async def test_blanks_around_a_key_are_left_out(way, fake, key):
    async with way.client(fake, providers=[server(fake, api_key=key)]) as client:
        await client.chat("Hi")
    assert fake.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_a_provider_may_need_no_key(way, fake):
    async with way.client(fake, providers=[server(fake, api_key=None)]) as client:
        await client.chat("Hi")
    assert "authorization" not in fake.requests[0].headers


async def test_ones_own_authorization_header_wins(way, fake):
    async with way.client(fake) as client:
        await client.chat("Hi", extra_headers={"Authorization": "Basic abc"})
    assert fake.requests[0].headers["authorization"] == "Basic abc"


async def test_a_key_in_the_environment_goes_to_its_own_host_only(way, fake, monkeypatch):
    monkeypatch.setenv("DEEPSEEK_API_KEY", KEY)
    stranger = unillm.Provider("deepseek", base_url=fake.base_url)
    async with way.client(fake, providers=[stranger], model="deepseek:m") as client:
        await client.chat("Hi")
    assert "authorization" not in fake.requests[0].headers
    monkeypatch.setenv("DEEPSEEK_BASE_URL", fake.base_url)
    async with way.client(fake, providers=["deepseek"], model="deepseek:m") as client:
        await client.chat("Hi")
    assert fake.requests[1].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_key_does_not_follow_a_redirect(way, fake, status):
    with FakeProvider() as elsewhere:
        target = f"{elsewhere.url}/taken?secret=1"
        redirect = unillm.testing.Raw(status=status, headers={"location": target})
        fake.enqueue(redirect, redirect)
        async with way.client(fake, retry=ONCE) as client:
            with pytest.raises(
                unillm.ProviderError, match=f"answered {status} to .*taken"
            ) as caught:
                await client.chat("Hi")
            with pytest.raises(unillm.ProviderError, match="Redirects are not followed"):
                async with client.stream("Hi"):
                    pass
        assert "secret" not in str(caught.value)
        assert elsewhere.connections_total == 0
    assert len(fake.requests) == 2


def test_a_key_in_the_query_of_an_address_is_not_shown_with_health(fake):
    servers = [
        unillm.Provider("fake", base_url=f"{fake.base_url}?key={KEY}", api_key=None),
    ]
    with unillm.Client(providers=servers, model="fake:m") as client:
        client.chat("Hi")
        told = client.health()
        assert len(told) == 1
        assert KEY not in repr(told) + str(told) + told.to_json()
    assert fake.requests[0].query == {"key": KEY}
