"""What a call would cost: a range with its reasons, without a request and without a key."""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false, reportOptionalOperand=false
# pyright: reportOperatorIssue=false

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unillm
from tests.client.ways import sync_client
from tests.types.pictures import written
from unillm.pricing import ContextTier, PriceBook
from unillm.testing import Answer

ROW = unillm.Price(
    provider="fake",
    model="fake-model",
    input=Decimal(1),
    cached_input=Decimal("0.10"),
    output=Decimal(2),
    source="a test",
)
PRICES = PriceBook.default().with_(ROW)
MONDAY = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
OFF_PEAK = datetime(2026, 11, 23, 12, tzinfo=UTC)


def book(**changed):
    """Give a book in which the fake's price is another."""
    row = {"provider": "fake", "model": "fake-model", "input": Decimal(1), "output": Decimal(2)}
    return PriceBook().with_(unillm.Price(**{**row, **changed}))


def priced(**changed):
    """Give options for a call that is as sure as one can be."""
    return {"prices": book(**changed), "expected_output": 100}


def here():
    """Give a client of the registry's providers that has no key."""
    return unillm.Client(providers=["openai", "deepseek"])


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    """Have no key and no server at hand."""
    for name in ("OPENAI", "DEEPSEEK"):
        monkeypatch.delenv(f"{name}_API_KEY", raising=False)
        monkeypatch.delenv(f"{name}_BASE_URL", raising=False)


# ---------------- the range


async def test_a_call_costs_what_was_estimated(way, fake):
    usage = {
        "prompt_tokens": 14,  # what o200k_base makes of it, and what goes around a message
        "completion_tokens": 4,
        "total_tokens": 18,
        "prompt_tokens_details": {"cached_tokens": 0},
    }
    fake.enqueue(Answer("one two three four", usage=usage))
    async with way.client(fake, prices=PRICES) as client:
        found = client.estimate("How is the weather in Paris?", max_tokens=50)
        assert fake.requests == []
        response = await client.chat("How is the weather in Paris?", max_tokens=50)
    assert found.low < response.cost.total < found.high
    assert found.input.low <= response.usage.input_tokens <= found.input.high
    assert (found.output_low, found.output_high) == (1, 50)
    assert (found.provider, found.model, found.state) == ("fake", "fake-model", "estimated")
    assert found.price.source == "a test"


async def test_the_ends_are_the_cheapest_and_the_dearest_case(way, fake):
    async with way.client(fake, prices=PRICES) as client:
        found = client.estimate("Hi there", expected_output=(10, 20))
    tokens = found.input
    assert found.low == (tokens.low * Decimal("0.10") + 10 * 2) / 1_000_000
    assert found.high == (tokens.high * Decimal(1) + 20 * 2) / 1_000_000


def test_what_is_written_to_the_cache_may_cost_more(fake):
    with sync_client(fake) as client:
        options = priced(cached_input=Decimal("0.1"), cache_write=Decimal("1.25"))
        found = client.estimate("Hi there", **options)
    assert found.low == (found.input.low * Decimal("0.1") + 200) / 1_000_000
    assert found.high == (found.input.high * Decimal("1.25") + 200) / 1_000_000
    assert any("all is written to it" in reason for reason in found.reasons)


def test_where_caching_makes_no_difference_it_is_not_spoken_of(fake):
    with sync_client(fake) as client:
        found = client.estimate("Hi there", **priced())
    assert not any("cache" in reason for reason in found.reasons)


@given(
    text=st.text(max_size=200),
    ends=st.tuples(st.integers(0, 5000), st.integers(0, 5000)).map(sorted).map(tuple),
    most=st.integers(1, 10_000),
)
def test_the_range_is_in_order_and_the_answer_within_its_limit(text, ends, most):
    found = here().estimate(
        text or "?", model="gpt-5.5", expected_output=ends, max_tokens=most, at=OFF_PEAK
    )
    assert Decimal(0) < found.low <= found.high
    assert found.output_low <= found.output_high <= most
    assert found.input.low <= found.input.tokens <= found.input.high


def test_instructions_tools_and_an_output_are_counted():
    client = here()
    bare = client.estimate("Hi", model="gpt-5.5", max_tokens=10)

    async def look(city: str) -> str:  # neither client minds: nothing is called
        """Look at a city and say how it is there, in a sentence."""
        return city

    schema = {"type": "object", "properties": {"a_long_name_of_a_city": {"type": "string"}}}
    more = [
        client.estimate("Hi", model="gpt-5.5", max_tokens=100, system="Be as brief as you can."),
        client.estimate("Hi", model="gpt-5.5", max_tokens=100, tools=[look]),
        client.estimate("Hi", model="gpt-5.5", max_tokens=100, output=schema),
    ]
    assert all(one.high > bare.high for one in more)


def test_an_image_is_guessed_within_the_models_window():
    found = here().estimate(
        [unillm.UserMessage(["What is it?", unillm.ImagePart.from_bytes(written())])],
        model="gpt-5.5",
        max_tokens=100,
    )
    assert found.input.method == "guess"
    assert found.input.high > 1000
    assert found.input.high <= unillm.catalog.find("gpt-5.5").context
    assert "images and files are guessed" in found.reasons[0]


# ---------------- the answer's length


def test_without_a_limit_the_models_own_holds():
    found = here().estimate("Hi", model="deepseek:deepseek-v4-pro")
    assert found.output_high == unillm.catalog.find("deepseek-v4-pro").max_output
    assert f"1 to {found.output_high:,} tokens: expected_output narrows it" in found.reasons[1]


def test_of_an_unknown_model_there_is_no_upper_end(fake):
    with sync_client(fake, prices=PRICES) as client:
        found = client.estimate("Hi")
        limited = client.estimate("Hi", max_tokens=10)
    assert (found.high, found.output_high, found.state) == (None, None, "unknown")
    assert found.low > 0
    assert "give max_tokens" in found.reasons[1]
    assert repr(found).startswith("Estimate(fake:fake-model, at least $0.00000")
    assert repr(found).endswith(" in, 1 or more out)")
    assert limited.state == "estimated"


def test_an_answer_is_no_longer_than_the_window_leaves_room():
    model = unillm.catalog.find("gpt-5.5")
    found = here().estimate("weather " * (model.max_input - 1000), model="gpt-5.5")
    assert found.output_high <= model.context - found.input.low
    assert any("longer than the model takes" in reason for reason in found.reasons)


def test_more_than_can_come_is_not_expected():
    found = here().estimate("Hi", model="gpt-5.5", max_tokens=50, expected_output=(20, 80))
    assert (found.output_low, found.output_high) == (20, 50)
    assert any("no longer than it can be: 50" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    "given",
    [-1, 1.5, True, "100", (1,), (2, 1), (1, 2, 3), (1, None), (-1, 2), {"low": 1}],
    ids=["below", "half", "true", "text", "one", "turned", "three", "none", "negative", "dict"],
)
def test_what_cannot_be_expected_is_refused(given):
    with pytest.raises(unillm.InvalidRequestError, match="expected_output is a number of tokens"):
        here().estimate("Hi", model="gpt-5.5", expected_output=given)


# ---------------- the price


def test_hours_of_the_day_decide():
    options = {"model": "deepseek:deepseek-v4-pro", "expected_output": 100}
    peak = here().estimate("Hi", at=MONDAY, **options)
    other = here().estimate("Hi", at=OFF_PEAK, **options)
    assert (peak.low, peak.high) == (2 * other.low, 2 * other.high)
    assert "it is priced as peak" in peak.reasons
    assert "2026-11-23 12:00 UTC is outside of peak hours" in other.reasons
    zone = timezone(timedelta(hours=8))
    assert here().estimate("Hi", at=MONDAY.astimezone(zone), **options).high == peak.high


def test_a_day_that_may_be_a_holiday_has_both_prices():
    at = datetime(2027, 2, 1, 2, tzinfo=UTC)
    options = {"model": "deepseek:deepseek-v4-pro", "expected_output": 100}
    found = here().estimate("Hi", at=at, **options)
    peak = here().estimate("Hi", at=MONDAY, **options)
    other = here().estimate("Hi", at=OFF_PEAK, **options)
    assert (found.low, found.high) == (other.low, peak.high)
    assert any("2027-02-01 is a holiday" in reason for reason in found.reasons)
    assert not any("outside of peak" in reason for reason in found.reasons)


def test_the_clock_says_what_now_is(monkeypatch):
    monkeypatch.setattr("time.time", MONDAY.timestamp)
    found = here().estimate("Hi", model="deepseek:deepseek-v4-pro", expected_output=100)
    assert found.at == MONDAY
    assert "it is priced as peak" in found.reasons


def test_an_earlier_day_has_its_own_price():
    at = datetime(2026, 4, 25, tzinfo=UTC)
    found = here().estimate("Hi", model="deepseek:deepseek-v4-flash", expected_output=100, at=at)
    assert (found.price.input, found.price.output) == (Decimal("0.14"), Decimal("0.28"))
    assert found.reasons[0].startswith("deepseek-v4-flash is an older name")


def test_the_tier_is_priced():
    options = {"model": "gpt-5.5", "expected_output": 100, "at": OFF_PEAK}
    standard = here().estimate("Hi", **options)
    flex = here().estimate("Hi", service_tier="flex", **options)
    assert (flex.low, flex.high) == (standard.low / 2, standard.high / 2)
    assert "it is priced as flex" in flex.reasons
    by_default = here().with_options(service_tier="flex").estimate("Hi", **options)
    assert by_default.high == flex.high


def test_a_tier_without_a_price_is_unknown():
    found = here().estimate("Hi", model="gpt-5.5", service_tier="scale", max_tokens=5, at=OFF_PEAK)
    assert (found.low, found.high, found.state) == (None, None, "unknown")
    assert found.reasons[-1] == "what the service tier 'scale' cost is not known"
    assert found.price.model == "gpt-5.5"


def test_a_long_prompt_may_be_in_another_tier(fake):
    tier = ContextTier(above=100, input=Decimal(2), output=Decimal("1.5"))
    with sync_client(fake) as client:
        found = client.estimate("weather " * 80, **priced(context=(tier,)))
    assert found.input.low <= 100 < found.input.high
    assert found.low == (found.input.low + 200) / Decimal(1_000_000)
    assert found.high == (found.input.high * 2 + 300) / Decimal(1_000_000)
    assert "a prompt of more than 100 tokens costs more, as a whole" in found.reasons


def test_without_a_price_it_says_what_to_do(fake):
    with sync_client(fake) as client:
        found = client.estimate("Hi", max_tokens=5)
    assert (found.low, found.high, found.price, found.state) == (None, None, None, "unknown")
    assert found.reasons[-1].startswith("no price of fake:fake-model is known for ")
    assert "unillm.Price(provider='fake', model='fake-model'" in found.reasons[-1]
    assert repr(found).startswith("Estimate(fake:fake-model, unknown, ")


def test_the_prices_are_those_of_whom_the_provider_names():
    proxy = unillm.Provider("proxy", base_url="http://proxy.example/v1", prices="openai")
    options = {"expected_output": 100, "at": OFF_PEAK}
    with unillm.Client(providers=[proxy, "openai"]) as client:
        found = client.estimate("Hi", model="proxy:gpt-5.5", **options)
        same = client.estimate("Hi", model="openai:gpt-5.5", **options)
        nobodys = client.estimate("Hi", model="proxy:ours", **options)
    assert found.price.source == same.price.source
    assert (found.low, found.high) == (same.low, same.high)
    assert "unillm.Price(provider='openai', model='ours'" in nobodys.reasons[-1]


def test_a_price_by_the_hour_is_unknown(fake):
    with sync_client(fake) as client:
        options = priced(input=None, output=None, gpu_hour=Decimal(2))
        found = client.estimate("Hi", **options)
    assert (found.low, found.high, found.state) == (None, None, "unknown")
    assert "by the hour" in found.reasons[-1]


def test_a_price_that_is_not_verified_says_so(fake):
    with sync_client(fake) as client:
        found = client.estimate("Hi", **priced(verified=False, note="seen at a reseller"))
    assert "seen at a reseller" in found.reasons


# ---------------- the call


@pytest.mark.parametrize("client", [unillm.Client, unillm.AsyncClient], ids=["sync", "async"])
def test_no_key_is_needed(client):
    found = client(providers=["openai"]).estimate("Hi", model="gpt-5.5", max_tokens=10)
    assert found.state == "estimated"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": None}, "no model"),
        ({"messages": []}, "messages"),
        ({"temprature": 1}, "did you mean temperature"),
        ({"at": datetime(2026, 4, 25)}, "with its time zone"),  # noqa: DTZ001 - that is the test
        ({"at": "2026-04-25"}, "with its time zone"),
        (
            {"output": dict, "tools": [{"type": "web_search"}], "response_format": {}},
            "response_for",
        ),
    ],
    ids=["model", "messages", "setting", "naive", "text", "taken"],
)
def test_what_cannot_be_sent_is_refused(options, words):
    given = {"messages": "Hi", "model": "gpt-5.5", **options}
    messages = given.pop("messages")
    with pytest.raises(unillm.InvalidRequestError, match=words):
        here().estimate(messages, **given)


def test_it_survives_json_and_shows_itself():
    found = here().estimate("Hi", model="gpt-5.5", expected_output=(100, 300), at=OFF_PEAK)
    assert unillm.Estimate.from_json(found.to_json()) == found
    span = "\N{EN DASH}"
    assert repr(found).startswith(f"Estimate(openai:gpt-5.5, $0.00300{span}0.0")
    assert repr(found).endswith(f" in, 100{span}300 out)")
    shown = unescape(found._repr_markdown_()).splitlines()
    assert shown[0].startswith(f"**$0.00300{span}0.0")
    assert shown[2:] == [f"- {reason}" for reason in found.reasons]


# ---------------- as the bill


def served(fake, name="gate", **options):
    """Give a server of one's own that answers at the prices of somebody else."""
    return unillm.Provider(name, base_url=fake.base_url, api_key="sk-test", **options)


async def test_it_is_priced_as_who_bills(way, fake):
    gate = served(fake, prices="openai")
    async with way.client(fake, providers=[gate], prices=PriceBook.default()) as client:
        options = {"model": "gate:gpt-5.5", "expected_output": 100, "at": OFF_PEAK}
        found = client.estimate("Hi", **options)
    assert (found.price.provider, found.state) == ("openai", "estimated")
    assert (found.low, found.high) == (
        (found.input.low * Decimal("0.5") + 3000) / 1_000_000,
        (found.input.high * Decimal(5) + 3000) / 1_000_000,
    )


def test_it_says_under_which_name_a_price_would_be_found(fake):
    gate = served(fake, prices="openai")
    with sync_client(fake, providers=[gate], prices=PriceBook()) as client:
        found = client.estimate("Hi", model="gate:ours", max_tokens=5)
    assert "unillm.Price(provider='openai', model='ours'" in found.reasons[-1]


def test_whichever_tier_the_account_says_is_within_the_range():
    options = {"model": "gpt-5.5", "expected_output": 100, "at": OFF_PEAK}
    any_ = here().estimate("Hi", service_tier="auto", **options)
    flex = here().estimate("Hi", service_tier="flex", **options)
    dear = here().estimate("Hi", service_tier="priority", **options)
    assert (any_.low, any_.high) == (flex.low, dear.high)
    assert "which service tier served it was not told" in any_.reasons


def test_several_answers_may_be_longer_than_the_window_together():
    context = unillm.catalog.find("gpt-5.5").context
    options = {"model": "gpt-5.5", "extra_body": {"best_of": 20}, "max_tokens": 100_000}
    assert here().estimate("Hi", **options).output_high == 2_000_000 > context
