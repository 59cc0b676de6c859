"""The models that are served, and what their names mean."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

import unillm
from tests.gateway.conftest import client_of, run
from unillm._wire.serve.failed import failed
from unillm.errors import InvalidRequestError, UnknownModelError
from unillm.gateway import own_servers
from unillm.gateway.aliases import Aliases
from unillm.gateway.models import Models
from unillm.gateway.rows import Abilities, common
from unillm.pricing import Price, PriceBook
from unillm.testing import AsyncFakeTransport

DEEPSEEK = unillm.Provider("deepseek", api_key="test")
OPENAI = unillm.Provider("openai", api_key="test")
TOGETHER = unillm.Provider("together", api_key="test")
BOX = unillm.Provider("box", base_url="http://box.example:8000/v1", profile="vllm")
ROUTE = unillm.Route(["openai:gpt-5.5", "deepseek:deepseek-v4-pro"])


@pytest.fixture
def box() -> AsyncFakeTransport:
    return AsyncFakeTransport(models=["qwen3:8b", "org/Llama"], dialect="vllm")


def rows_of(models: Models) -> dict[str, dict[str, Any]]:
    told = asyncio.run(models.listed())
    assert told["object"] == "list"
    rows = {row["id"]: row for row in told["data"]}
    assert len(rows) == len(told["data"])  # none is listed twice
    return rows


# ---------------------------------------------------------------- list


def test_catalogued_models_are_listed_without_asking_anybody(fake: AsyncFakeTransport) -> None:
    client = client_of(fake, providers=[DEEPSEEK, TOGETHER])
    rows = rows_of(Models(client))
    assert fake.requests == []
    pro = rows["deepseek-v4-pro"]
    info = unillm.catalog.find("deepseek-v4-pro")
    assert info is not None
    assert (pro["object"], pro["owned_by"]) == ("model", "deepseek")
    assert pro["context_length"] == pro["top_provider"]["context_length"] == info.context
    assert pro["max_completion_tokens"] == info.max_output
    assert pro["architecture"] == {"input_modalities": ["text"], "output_modalities": ["text"]}
    assert {"tools", "tool_choice", "reasoning", "max_tokens"} <= {*pro["supported_parameters"]}
    # What DeepSeek leaves out without a word is not told as supported; another host takes it.
    assert "seed" not in pro["supported_parameters"]
    assert "structured_outputs" not in pro["supported_parameters"]
    hosted = rows["together:deepseek-ai/DeepSeek-V4-Pro-0813"]
    assert {"seed", "structured_outputs"} <= {*hosted["supported_parameters"]}
    # Older names mean the same model, which is listed once.
    assert not {"deepseek-chat", "deepseek-reasoner", "deepseek:deepseek-v4-pro"} & rows.keys()


def test_a_provider_without_a_key_lists_nothing(
    fake: AsyncFakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    client = client_of(fake, providers=[DEEPSEEK, "openai"])
    models = Models(client)
    assert not [name for name in rows_of(models) if "gpt" in name]
    with pytest.raises(UnknownModelError, match="OPENAI_API_KEY"):
        models.resolve("gpt-5.5")


def test_a_vendor_under_another_name_has_its_name_before_the_model(
    fake: AsyncFakeTransport,
) -> None:
    work = unillm.Provider("work", profile="openai", api_key="test", base_url="https://w.example")
    models = Models(client_of(fake, providers=[work, DEEPSEEK]))
    rows = rows_of(models)
    assert "work:gpt-5.5" in rows
    assert "gpt-5.5" not in rows
    assert models.resolve("work:gpt-5.5") == "work:gpt-5.5"


def test_prices_are_those_of_the_clients_book_for_a_token(fake: AsyncFakeTransport) -> None:
    price = Price(
        provider="deepseek",
        model="deepseek-v4-pro",
        input=Decimal("1.5"),
        output=Decimal(3),
        cached_input=Decimal("0.07"),
    )
    book = PriceBook.default().with_(price)
    rows = rows_of(Models(client_of(fake, prices=book)))
    assert rows["deepseek-v4-pro"]["pricing"] == {
        "prompt": "0.0000015",
        "completion": "0.000003",
        "input_cache_read": "0.00000007",
    }


def test_listed_prices_are_what_is_billed(fake: AsyncFakeTransport) -> None:
    book = PriceBook.default()
    rows = rows_of(Models(client_of(fake, providers=[DEEPSEEK, OPENAI])))
    priced = 0
    for name, row in rows.items():
        if "pricing" not in row:
            continue
        usage = unillm.Usage(
            input_tokens=1, output_tokens=1, cached_input_tokens=0, cache_write_tokens=0
        )
        at = datetime.now(UTC)
        cost = book.cost(usage, provider=row["owned_by"], model=name, at=at)
        prompt, completion = (Decimal(row["pricing"][one]) for one in ("prompt", "completion"))
        assert cost.total == prompt + completion, name
        assert prompt > 0
        priced += 1
    assert priced > 10


def test_nothing_is_told_of_what_is_not_known(box: AsyncFakeTransport) -> None:
    rows = rows_of(Models(client_of(box, providers=[BOX])))
    assert rows.keys() == {"box:qwen3:8b", "box:org/Llama"}
    for row in rows.values():
        known = {
            "context_length",
            "architecture",
            "supported_parameters",
            "pricing",
            "top_provider",
        }
        assert not row.keys() & (known | {"max_completion_tokens", "max_tokens"})
        assert None not in row.values()
        assert 0 not in row.values()


def test_a_route_can_what_all_its_targets_can(fake: AsyncFakeTransport) -> None:
    client = client_of(fake, providers=[DEEPSEEK, OPENAI], routes={"fast": ROUTE})
    rows = rows_of(Models(client))
    route, pro, gpt = rows["route:fast"], rows["deepseek-v4-pro"], rows["gpt-5.5"]
    assert route["owned_by"] == "unillm"
    assert "pricing" not in route
    assert route["context_length"] == min(pro["context_length"], gpt["context_length"])
    limit = min(pro["max_completion_tokens"], gpt["max_completion_tokens"])
    assert route["max_completion_tokens"] == limit
    assert route["architecture"]["input_modalities"] == ["text"]
    both = {*pro["supported_parameters"]} & {*gpt["supported_parameters"]}
    assert {*route["supported_parameters"]} == both
    assert rows.keys() - {"route:fast"}


def test_what_is_not_known_of_one_target_is_not_known_of_a_route() -> None:
    known = Abilities(context=5, most=3, reads=frozenset({"text"}), takes=frozenset({"tools"}))
    assert common([known, Abilities()]).told == {}
    assert common([known, Abilities(context=7)]).told == {
        "context_length": 5,
        "max_input_tokens": 5,
        "top_provider": {"context_length": 5},
    }


def test_what_the_constraints_exclude_is_not_listed(fake: AsyncFakeTransport) -> None:
    client = client_of(
        fake,
        providers=[DEEPSEEK, OPENAI],
        constraints=unillm.Constraints(deny_jurisdictions={"CN"}),
        routes={"fast": ROUTE},
    )
    models = Models(client)
    rows = rows_of(models)
    assert "gpt-5.5" in rows
    assert not [name for name in rows if "deepseek" in name]
    assert rows["route:fast"]["context_length"] == rows["gpt-5.5"]["context_length"]

    async def body() -> None:
        with pytest.raises(UnknownModelError, match="constraints"):
            await models.one("deepseek-v4-pro")

    run(body)


# -------------------------------------------------- servers of one's own


def test_servers_of_ones_own_are_asked_once_a_minute(
    box: AsyncFakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("unillm.gateway.own_servers.clock.monotonic", lambda: now)

    async def body() -> None:
        nonlocal now
        models = Models(client_of(box, providers=[BOX, DEEPSEEK]))
        for _ in range(3):
            names = [row["id"] for row in (await models.listed())["data"]]
            assert {"box:qwen3:8b", "box:org/Llama", "deepseek-v4-pro"} <= {*names}
        assert len(box.requests) == 1
        now += own_servers.FRESH + 1
        await models.listed()
        assert len(box.requests) == 2
        # What a name means is found without asking.
        assert models.resolve("box:anything") == "box:anything"
        assert len(box.requests) == 2

    run(body)


async def _never(_request: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


def _answers(*replies: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    left = list(replies)
    return lambda _request: left.pop(0)


def asked_of(handler: Any) -> unillm.AsyncClient:
    http = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    return unillm.AsyncClient(providers=[BOX, DEEPSEEK], http_client=http)


def _refused(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("secret of the box")


@pytest.mark.parametrize(
    "handler",
    [
        _answers(httpx.Response(500, json={"error": {"message": "secret of the box"}})),
        _answers(httpx.Response(401, json={"error": {"message": "secret of the box"}})),
        _answers(httpx.Response(200, json={"no": "list"})),
        _answers(httpx.Response(200, text="<html>secret of the box")),
        _answers(httpx.Response(200, text='{"data": [')),
        _refused,
        _never,
    ],
    ids=["500", "401", "no list", "html", "cut", "refused", "silent"],
)
def test_a_server_that_fails_lists_nothing_and_harms_nobody(
    handler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_servers, "PATIENCE", 0.05)
    rows = rows_of(Models(asked_of(handler)))
    assert "deepseek-v4-pro" in rows
    assert not [name for name in rows if name.startswith("box:")]
    assert "secret" not in json.dumps(rows)


def test_a_server_that_was_not_there_is_asked_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("unillm.gateway.own_servers.clock.monotonic", lambda: now)
    listed = {"data": [{"id": f"m{n}", "max_model_len": 4096} for n in range(3000)]}
    handler = _answers(httpx.Response(503), httpx.Response(200, json=listed))

    async def body() -> None:
        nonlocal now
        models = Models(asked_of(handler), only=["box:m1", "box:m2"])
        for _ in range(2):
            rows = (await models.listed())["data"]
            assert [row["id"] for row in rows] == ["box:m1", "box:m2"]
            assert "context_length" not in rows[0]
        now += own_servers.ABSENT + 1
        assert (await models.listed())["data"][0]["context_length"] == 4096
        # However many there are, no more than so many are kept.
        assert len([*models._own.told]) == own_servers.MOST

    run(body)


# --------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("deepseek-v4-pro", "deepseek-v4-pro"),
        ("deepseek:deepseek-v4-pro", "deepseek:deepseek-v4-pro"),
        ("deepseek-chat", "deepseek-chat"),
        ("gpt-5.5-2026-04-23", "gpt-5.5-2026-04-23"),
        ("openai:gpt-99-of-tomorrow", "openai:gpt-99-of-tomorrow"),
        ("together:deepseek-ai/DeepSeek-V4-Pro-0813", "together:deepseek-ai/DeepSeek-V4-Pro-0813"),
        ("fast", "route:fast"),
        ("route:fast", "route:fast"),
        ("claude-haiku-4-5", "deepseek:deepseek-flash"),
        ("claude-opus-4-1[1m]", "route:fast"),
        ("gpt-4o", "gpt-5.5"),
    ],
)
def test_a_name_means_one_model(fake: AsyncFakeTransport, name: str, called: str) -> None:
    aliases = {
        "claude-haiku-*": "deepseek:deepseek-flash",
        "claude-*": "fast",
        "gpt-4o": "gpt-5.5",  # what a user says holds over what there is
    }
    client = client_of(fake, providers=[DEEPSEEK, OPENAI, TOGETHER], routes={"fast": ROUTE})
    assert Models(client, aliases=aliases).resolve(name) == called


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("deepseek-v4-prro", "deepseek-v4-pro"),
        ("DEEPSEEK-V4-PRO-", "deepseek-v4-pro"),
        ("openai/gpt-5.5", "gpt-5.5"),
        ("deepsek:deepseek-v4-pro", "deepseek-v4-pro"),
        ("route:fasst", "route:fast"),
        ("fastt", "route:fast"),
        ("claude-sonnet-5", None),
        ("unillm/gpt-5.5", "gpt-5.5"),
        (" ", None),
        ("", None),
        ("deepseek:", None),
        (":", None),
        ("\x00\x1b[2J" * 3000, None),
    ],
)
def test_an_unknown_name_is_a_404_with_near_names(
    fake: AsyncFakeTransport, name: str, near: str | None
) -> None:
    client = client_of(fake, providers=[DEEPSEEK, OPENAI], routes={"fast": ROUTE})
    models = Models(client)
    with pytest.raises(UnknownModelError) as caught:
        models.resolve(name)
    error = caught.value
    if near is not None:
        assert near in error.near
        assert repr(near) in error.message
    reply = failed(error)
    assert (reply.status, reply.body["error"]["code"]) == (404, "model_not_found")
    assert reply.headers["x-should-retry"] == "false"
    assert error.message.isprintable()
    assert len(error.message) < 1000
    assert not error.retryable
    assert fake.requests == []


@pytest.mark.parametrize("only", [DEEPSEEK, OPENAI])
def test_a_name_is_not_sent_to_the_only_vendor_there_is(
    fake: AsyncFakeTransport, only: unillm.Provider
) -> None:
    models = Models(client_of(fake, providers=[only]))
    for name in ("claude-sonnet-5", "ft:gpt-4o:org", "qwen3:8b", "gemini-3"):
        with pytest.raises(UnknownModelError):
            models.resolve(name)


def test_a_server_of_ones_own_alone_takes_any_name(box: AsyncFakeTransport) -> None:
    models = Models(client_of(box, providers=[BOX]))
    assert models.resolve("qwen3:8b") == "qwen3:8b"
    assert models.resolve("org/Llama") == "org/Llama"


def test_without_a_name_the_default_is_asked(fake: AsyncFakeTransport) -> None:
    assert Models(client_of(fake, model="deepseek-v4-pro")).resolve(None) == "deepseek-v4-pro"
    with pytest.raises(UnknownModelError, match="no default"):
        Models(client_of(fake)).resolve(None)


NAMES = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(
            ["deepseek", "openai", "box", "azure", "route", ":", "/", "gpt-5.5", "v4-pro", "-", "*"]
        ),
        max_size=6,
    ).map("".join),
)


@given(NAMES)
def test_any_name_means_somebody_or_is_a_404(name: str) -> None:
    client = unillm.AsyncClient(providers=[DEEPSEEK, OPENAI, BOX], routes={"fast": ROUTE})
    models = Models(client, aliases={"claude-*": "fast"})
    refused: UnknownModelError | None = None
    called = ""
    try:
        called = models.resolve(name)
    except UnknownModelError as error:
        refused = error
    if refused is not None:
        assert failed(refused).status == 404
        assert refused.message.isprintable()
        return
    # What it is called with is what the client takes for a name, and means the same.
    assert models.resolve(called) == called
    if not called.startswith("route:"):
        assert client._config.target(called).model


# ---------------------------------------------------------------- only


def test_only_what_is_named_is_served(fake: AsyncFakeTransport) -> None:
    client = client_of(fake, providers=[DEEPSEEK, OPENAI], routes={"fast": ROUTE})
    models = Models(
        client, only=["deepseek-v4-pro", "fast"], aliases={"claude-*": "fast", "quick": "fast"}
    )
    assert rows_of(models).keys() == {"deepseek-v4-pro", "fast", "quick"}
    # The same model by another of its names is the same model.
    assert models.resolve("deepseek:deepseek-v4-pro") == "deepseek:deepseek-v4-pro"
    assert models.resolve("route:fast") == models.resolve("claude-x") == "route:fast"
    for name in ("gpt-5.5", "deepseek-flash", "openai:gpt-5.5"):
        with pytest.raises(UnknownModelError, match="not among the models"):
            models.resolve(name)

    async def body() -> None:
        with pytest.raises(UnknownModelError):
            await models.one("gpt-5.5")

    run(body)


def test_a_default_that_is_not_served_is_not_asked(fake: AsyncFakeTransport) -> None:
    client = client_of(fake, model="deepseek-flash")
    with pytest.raises(UnknownModelError):
        Models(client, only=["deepseek-v4-pro"]).resolve(None)


@pytest.mark.parametrize(
    "options",
    [
        {"only": ["nobody-knows"]},
        {"aliases": {"a": "nobody-knows"}},
        {"aliases": {"a": "route:nowhere"}},
        {"aliases": {"a*": "deepseek-flash"}, "only": ["deepseek-v4-pro"]},
        {"aliases": {"": "deepseek-flash"}},
        {"aliases": {"a": "deepseek-*"}},
    ],
)
def test_what_means_nobody_is_told_at_the_start(
    fake: AsyncFakeTransport, options: dict[str, Any]
) -> None:
    client = client_of(fake, providers=[DEEPSEEK, OPENAI])
    with pytest.raises(InvalidRequestError):
        Models(client, **options)


@given(st.lists(st.text("ab", max_size=3), min_size=2, max_size=4), st.text("ab", max_size=12))
def test_a_star_stands_for_anything(parts: list[str], name: str) -> None:
    pattern = "*".join(parts)
    aliases = Aliases({pattern: "m"})
    # Every name that is made of the pattern fits it, and one fits if some filling makes it.
    assert aliases.means(name.join(parts)) == "m"
    assert (aliases.means(name) == "m") == _fills(name, parts)


def _fills(name: str, parts: list[str]) -> bool:
    """Try every way to fill the stars."""
    first, *rest = parts
    if not name.startswith(first):
        return False
    left = name[len(first) :]
    if not rest:
        return not left
    return any(_fills(left[n:], rest) for n in range(len(left) + 1))


# ----------------------------------------------------------------- one


def test_one_model_is_told_by_any_of_its_names(box: AsyncFakeTransport) -> None:
    async def body() -> None:
        models = Models(client_of(box, providers=[BOX, DEEPSEEK]), aliases={"c*": "box:org/Llama"})
        listed = {row["id"]: row for row in (await models.listed())["data"]}
        assert await models.one("box:org/Llama") == listed["box:org/Llama"]
        assert await models.one("deepseek-v4-pro") == listed["deepseek-v4-pro"]
        for name in ("deepseek-chat", "claude"):
            row = await models.one(name)
            assert row["id"] == name
        with pytest.raises(UnknownModelError):
            await models.one("deepseek-v4-prro")

    run(body)


def test_the_official_libraries_read_every_row(box: AsyncFakeTransport) -> None:
    client = client_of(box, providers=[BOX, DEEPSEEK, OPENAI], routes={"fast": ROUTE})
    models = Models(client, aliases={"claude-fast": "fast", "claude-*": "deepseek-v4-pro"})
    told = asyncio.run(models.listed())
    body = json.dumps(told)

    def answer(request: httpx2.Request) -> httpx2.Response:
        assert request.url.path == "/v1/models"
        return httpx2.Response(200, text=body, headers={"content-type": "application/json"})

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    url = "http://gateway.invalid"
    with openai.OpenAI(api_key="k", base_url=f"{url}/v1", http_client=http) as one:
        read = [*one.models.list()]
    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    with anthropic.Anthropic(api_key="k", base_url=url, http_client=http) as other:
        infos = [*other.models.list()]
    for model, info, row in zip(read, infos, told["data"], strict=True):
        assert openai.types.Model.model_validate_json(json.dumps(row), strict=True) == model
        assert anthropic.types.ModelInfo.model_validate_json(json.dumps(row), strict=True)
        assert model.id == info.id == row["id"]
        assert model.created == info.created_at.timestamp() > 1_500_000_000
        assert info.max_input_tokens == row.get("context_length")
    # Behind a name that Claude Code shows there is what its label says.
    (picked,) = [info for info in infos if info.id.startswith("claude")]
    assert (picked.id, picked.display_name) == ("claude-fast", "claude-fast (fast)")
    assert infos[0].id == told["first_id"]
    assert infos[-1].id == told["last_id"]


def test_a_model_that_will_be_switched_off_says_so(
    fake: AsyncFakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    retired = [info for info in unillm.catalog.models() if info.apis and info.retired is not None]
    assert retired
    first = min(info.retired for info in retired if info.retired is not None)
    client = client_of(fake, providers=[DEEPSEEK, OPENAI])

    def listed_on(day: date) -> dict[str, dict[str, Any]]:
        monkeypatch.setattr("unillm.gateway.models.clock.today", lambda: day)
        return rows_of(Models(client))

    before, after = listed_on(first - timedelta(days=1)), listed_on(first)
    gone = before.keys() - after.keys()
    assert gone == {info.id for info in retired if info.retired == first}
    for name in gone:
        assert before[name]["lifecycle"] == "deprecated"
        assert before[name]["retires_at"] == f"{first}T00:00:00Z"


def test_an_empty_list_is_a_list(fake: AsyncFakeTransport) -> None:
    client = client_of(fake, providers=[OPENAI], constraints=unillm.Constraints(self_hosted=True))
    told = asyncio.run(Models(client).listed())
    assert told == {
        "object": "list",
        "data": [],
        "has_more": False,
        "first_id": None,
        "last_id": None,
    }
