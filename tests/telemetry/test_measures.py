"""What is counted: times of operations; tokens, attempts and money of each attempt."""

# pyright: reportOptionalMemberAccess=false

from decimal import Decimal

import pytest

import unillm
from tests.client.ways import KEY, ONCE, QUICK, read_all
from unillm._flow import batch as flow
from unillm.telemetry.measures import count_alone
from unillm.telemetry.names import METRICS
from unillm.telemetry.sink import sink_for
from unillm.testing import Answer, FakeProvider, faults
from unillm.types.record import Record, Scope
from unillm.types.response import Attempt
from unillm.types.usage import Cost

MODEL = "deepseek-v4-pro"


def options_of(fake, heard, **options):
    server = unillm.Provider("deepseek", base_url=fake.base_url, api_key=KEY)
    known = {"providers": [server], "model": f"deepseek:{MODEL}", "retry": QUICK}
    return {**known, "telemetry": heard.telemetry(), **options}


def by(points, key):
    """Give the sum of points for each value of an attribute."""
    sums: dict = {}
    for point in points:
        value = point.attributes.get(key)
        sums[value] = sums.get(value, 0) + getattr(point, "sum", getattr(point, "value", None))
    return sums


async def test_the_time_of_an_operation_is_counted_once_whatever_it_took(way, fake, heard):
    fake.enqueue(faults.get("status-503"), Answer("Fine"))
    async with way.client(fake, **options_of(fake, heard)) as client:
        await client.chat("Hi")
    (point,) = heard.points("gen_ai.client.operation.duration")
    (whole,) = heard.spans("chat ")
    assert point.count == 1
    assert point.sum == pytest.approx((whole.end_time - whole.start_time) / 1e9, abs=0.005)
    assert point.explicit_bounds == METRICS["duration"].buckets
    told = dict(point.attributes)
    assert isinstance(told.pop("server.port"), int)
    assert told == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "deepseek",
        "gen_ai.request.model": MODEL,
        "gen_ai.response.model": MODEL,
        "server.address": "127.0.0.1",
    }
    (example,) = point.exemplars
    assert example.span_id == whole.context.span_id


async def test_an_error_is_counted_under_its_class(way, fake, heard):
    fake.enqueue(faults.get("status-429"))
    async with way.client(fake, **options_of(fake, heard, retry=ONCE)) as client:
        with pytest.raises(unillm.RateLimitError):
            await client.chat("Hi")
        await client.chat("Hi")
    points = heard.points("gen_ai.client.operation.duration")
    assert sorted(str(p.attributes.get("error.type")) for p in points) == ["None", "RateLimitError"]
    attempts = heard.points("unillm.client.attempts")
    assert by(attempts, "error.type") == {"RateLimitError": 1, None: 1}
    assert by(attempts, "unillm.outcome") == {"error": 1, "ok": 1}


async def test_tokens_are_counted_by_type_and_parts_beside_them(way, fake, heard):
    used = {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "prompt_tokens_details": {"cached_tokens": 64},
        "completion_tokens_details": {"reasoning_tokens": 7},
    }
    fake.enqueue(Answer("Fine", usage=used))
    async with way.client(fake, **options_of(fake, heard)) as client:
        await client.chat("Hi")
    points = heard.points("gen_ai.client.token.usage")
    assert by(points, "gen_ai.token.type") == {"input": 100, "output": 20}
    assert {p.explicit_bounds for p in points} == {METRICS["tokens"].buckets}
    parts = heard.points("unillm.client.token.parts")
    assert by(parts, "unillm.token.part") == {"cached_input": 64, "reasoning": 7}


async def test_the_pieces_of_a_stream_are_timed(way, fake, heard):
    fake.enqueue(Answer("One two three four five six", pace=0.03))
    async with way.client(fake, **options_of(fake, heard)) as client:
        async with client.stream("Hi") as stream:
            await read_all(stream)
        await client.chat("Hi")
    (first,) = heard.points("gen_ai.client.operation.time_to_first_chunk")
    (gaps,) = heard.points("gen_ai.client.operation.time_per_output_chunk")
    (whole,) = [s for s in heard.spans("chat ") if s.attributes.get("gen_ai.request.stream")]
    assert first.count == 1
    assert first.sum == whole.attributes["gen_ai.response.time_to_first_chunk"]
    assert gaps.count >= 1
    assert 0 <= gaps.sum <= (whole.end_time - whole.start_time) / 1e9
    assert first.explicit_bounds == gaps.explicit_bounds == METRICS["duration"].buckets


async def test_money_is_counted_for_each_attempt_under_its_state(way, fake, heard):
    async with way.client(fake, **options_of(fake, heard)) as client:
        one = await client.chat("Hi")
        two = await client.chat("Hello there")
    (point,) = heard.points("unillm.client.cost")
    assert point.attributes["unillm.cost.state"] == "exact"
    assert point.value == pytest.approx(float(one.cost.total + two.cost.total))
    assert heard.metrics()["unillm.client.cost"].unit == "{USD}"
    assert heard.points("unillm.client.cost.unknown") == []


async def test_what_has_no_price_is_in_no_sum_and_is_counted(way, fake, heard):
    options = options_of(fake, heard)
    server = unillm.Provider("box", base_url=fake.base_url, api_key=KEY)
    async with way.client(fake, **{**options, "providers": [server], "model": "box:m"}) as client:
        await client.chat("Hi")
        await client.chat("Hi")
    assert heard.points("unillm.client.cost") == []
    (point,) = heard.points("unillm.client.cost.unknown")
    assert point.value == 2
    assert point.attributes["gen_ai.request.model"] == "m"


async def test_only_named_tags_are_attributes_of_metrics(way, fake, heard):
    options = options_of(fake, heard, telemetry=heard.telemetry(metric_tags=("team",)))
    async with way.client(fake, **options) as client:
        await client.chat("Hi", tags={"team": "blue", "request": "17"})
        await client.chat("Hi")
    for name in ("gen_ai.client.operation.duration", "unillm.client.cost"):
        points = heard.points(name)
        assert sorted(str(p.attributes.get("unillm.tag.team")) for p in points) == ["None", "blue"]
        assert [p for p in points if "unillm.tag.request" in p.attributes] == []
    assert heard.spans("chat ")[0].attributes["unillm.tag.request"] == "17"


async def test_rows_of_a_batch_are_counted_and_their_hours_are_not(way, heard, monkeypatch):
    monkeypatch.setattr(flow, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(flow, "MAX_PAUSE", 0.002)
    with FakeProvider(api_key=KEY) as fake:
        server = unillm.Provider("box", base_url=fake.base_url, api_key=KEY, profile="openai")
        known = {"providers": [server], "model": "box:gpt-6-luna", "retry": QUICK}
        async with way.client(fake, **known, telemetry=heard.telemetry()) as client:
            rows = [row async for row in client.map(["one", "two"], batch=True)]
    points = heard.points("gen_ai.client.token.usage")
    used = sum(row.response.usage.input_tokens for row in rows)
    assert by(points, "gen_ai.token.type")["input"] == used > 0
    assert heard.points("gen_ai.client.operation.duration") == []
    assert heard.spans() == []


def record_with(heard, *costs):
    """Count an operation whose attempts cost this much."""
    attempts = tuple(
        Attempt(
            number=n, provider="p", model="m", outcome="ok", cost=cost, started_at=0, duration=1
        )
        for n, cost in enumerate(costs, 1)
    )
    record = Record(
        operation="1",
        outcome="ok",
        provider="p",
        model="m",
        streamed=False,
        origin="https://h:443",
        attempts=attempts,
        usage=None,
        cost=Cost(),
        request=None,
        response=None,
        error=None,
        started_at=0.0,
        duration=1.0,
        scope=Scope(),
    )
    sink = sink_for(heard.telemetry())
    assert sink is not None
    server = unillm.Provider("p", base_url="https://h/v1", api_key=KEY)
    target = unillm.Client(providers=[server])._config.target("p:m")
    count_alone(sink, record, target)
    return by(heard.points("unillm.client.cost"), "unillm.cost.state"), by(
        heard.points("unillm.client.cost.unknown"), "nothing"
    )


@pytest.mark.parametrize(
    ("costs", "sums", "unknown"),
    [
        ([Cost(total=Decimal(2), state="exact")], {"exact": 2.0}, {}),
        ([Cost(low=Decimal(1), high=Decimal(3), state="bounded")], {"bounded": 3.0}, {}),
        ([Cost(low=Decimal(1), state="bounded")], {}, {None: 1}),
        ([Cost(), Cost(), Cost(total=Decimal(2), state="exact")], {"exact": 2.0}, {None: 1}),
        ([Cost(total=Decimal(0), state="exact")], {"exact": 0.0}, {}),
        ([], {}, {}),
    ],
    ids=["exact", "bounded", "no upper bound", "parts unknown", "free", "nothing sent"],
)
def test_a_bound_is_added_at_its_most_and_what_is_unknown_is_not(heard, costs, sums, unknown):
    assert record_with(heard, *costs) == (sums, unknown)
