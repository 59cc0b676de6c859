"""What a call would be routed to is told without a request, and is what then happens."""

# pyright: reportArgumentType=false, reportOptionalMemberAccess=false

import io
from decimal import Decimal

import pytest
from rich.console import Console

import unillm
from unillm import Constraints, Provider, Route
from unillm.pricing import PriceBook
from unillm.routing import Ranked
from unillm.types.decision import Excluded
from unillm.types.parts import TextPart

BOOK = PriceBook().with_(
    *(
        unillm.Price(provider="box", model=model, input=Decimal(cost), output=Decimal(cost) * 2)
        for model, cost in (("small", 1), ("large", 10))
    )
)
NOTHING = {"base_url": "http://127.0.0.1:9/v1"}
PICTURE = unillm.ImagePart("https://example.org/a.png")


def client(routes=None, kind=unillm.Client, **options):
    given = [
        Provider("box", **NOTHING, jurisdiction="DE"),
        Provider("far", **NOTHING, jurisdiction="US"),
        Provider("deepseek", api_key="k"),
        Provider("openai"),
    ]
    return kind(**{"providers": given, "routes": routes or {}, "prices": BOOK, **options})


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.mark.parametrize("kind", [unillm.Client, unillm.AsyncClient])
def test_who_is_asked_in_which_order_and_what_it_costs(kind):
    route = Route(["box:large", "box:small"], strategy="cheapest", quality={"box:small": 0.5})
    told = client({"fast": route}, kind).explain("Name a river.", model="fast", max_tokens=100)
    assert [(one.name, one.place) for one in told] == [("box:small", 1), ("box:large", 2)]
    assert told.decision.order == ("box:small", "box:large")
    first = told.chosen
    assert (first.target, first.path, first.quality) == ("box:small", ("fast",), 0.5)
    assert first.cost.output_tokens == 100
    usd = (first.cost.input_tokens + 2 * Decimal(100)) / 1_000_000
    assert told.usd == first.cost.usd == usd
    assert told["box:large"].cost.usd == 10 * usd
    assert told.excluded == ()
    assert first.score is not None


def test_all_that_speaks_against_a_target_is_told():
    routes = {
        "near": Route(
            ["openai:gpt-5.5", "deepseek:deepseek-v4-pro", "together:x", "box:large"],
            constraints=Constraints(allow_jurisdictions={"DE"}),
        )
    }
    told = client(routes).explain(
        [unillm.UserMessage([TextPart("What is it?"), PICTURE])], model="near"
    )
    against = {one.name: [why.by for why in one.excluded] for one in told.excluded}
    assert against == {
        "openai:gpt-5.5": ["constraint", "key"],
        "deepseek:deepseek-v4-pro": ["constraint", "capability"],
        "together:x": ["provider"],
    }
    assert told.chosen.name == "box:large"
    assert "reads no images" in told["deepseek:deepseek-v4-pro"].excluded[1].reason
    assert told["openai:gpt-5.5"].target == "openai:gpt-5.5"
    assert told["together:x"].target is None


def test_a_prompt_that_is_too_long_excludes():
    info = unillm.catalog.find("gpt-4o")
    assert info is not None
    told = client({"a": ["openai:gpt-4o", "box:large"]}).explain("word " * 400_000, model="a")
    assert [why.by for why in told["openai:gpt-4o"].excluded] == ["key", "context"]


def test_a_limit_of_prices_knows_how_long_the_prompt_can_be():
    limit = Constraints(max_price=unillm.MaxPrice(input=5, output=30))
    openai = [Provider("openai", api_key="k", **NOTHING)]
    routes = {"all": ["openai:gpt-5.5"], "held": Route(["openai:gpt-5.5"], constraints=limit)}
    made = unillm.Client(providers=openai, routes=routes)
    for model, constraints in (("openai:gpt-5.5", limit), ("all", limit), ("held", None)):
        short = made.explain("Hi.", model=model, constraints=constraints)
        assert short.chosen.name == "openai:gpt-5.5"
        long = made.explain("word " * 300_000, model=model, constraints=constraints)
        (reason,) = [one.reason for one in long.decision.excluded]
        assert reason == (
            "a million tokens of input cost up to $10 at openai:gpt-5.5, more than $5"
        )
    low = Constraints(max_price=unillm.MaxPrice(output=20))
    (out,) = made.explain("Hi.", model="all", constraints=low).decision.excluded
    assert (
        out.reason == "a million tokens of output cost up to $30 at openai:gpt-5.5, more than $20"
    )


def test_tools_and_outputs_count_as_in_a_call():
    tool = unillm.Tool("go", parameters={"type": "object"})
    told = client({"a": ["box:large"]}).explain("Hi", model="a", tools=[tool], output=int)
    assert told.chosen.name == "box:large"
    more = told.chosen.cost.input_tokens
    assert more > client().explain("Hi", model="box:large").chosen.cost.input_tokens


def test_routes_in_routes_are_told_with_their_paths():
    def best(_request, candidates, _stats):
        names = tuple(one.name for one in candidates)
        return Ranked(names[::-1], {names[-1]: 2.5}, {names[-1]: "it is the last"})

    routes = {"out": Route(["box:large", "route:in"], strategy=best), "in": ["box:small", "far:x"]}
    told = client(routes).explain("Hi", model="out")
    assert [(one.name, one.path) for one in told] == [
        ("box:small", ("out", "in")),
        ("far:x", ("out", "in")),
        ("box:large", ("out",)),
    ]
    assert told.decision.strategy == "best"
    assert told.chosen.reason == "route:in: it is the last"


def test_a_target_that_stands_twice_is_asked_once():
    told = client({"out": ["route:in", "box:large"], "in": ["box:large"]}).explain("x", model="out")
    assert [(one.path, one.place) for one in told] == [(("out", "in"), 1), (("out",), None)]


def test_a_model_named_directly_is_told_too():
    told = client().explain("Hi", model="box:small")
    assert told.decision.route is None
    assert [(one.name, one.path, one.place) for one in told] == [("box:small", (), 1)]
    refused = client().explain("Hi", model="gpt-5.5")
    assert refused.chosen is None
    assert refused.usd is None
    assert [why.by for why in refused["gpt-5.5"].excluded] == ["key"]
    kept = client(constraints=Constraints(deny_jurisdictions={"US"}))
    assert [why.by for why in kept.explain("Hi", model="far:x")["far:x"].excluded] == ["constraint"]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("route:nowhere", "no route is named 'nowhere'"),
        ("opnai:x", "'opnai:x' could be at any provider"),
        (None, "no model: pass model="),
        ("", "no model: pass model="),
        (7, "model must be a string"),
    ],
)
def test_whom_nobody_could_mean_is_refused(model, message):
    with pytest.raises(unillm.InvalidRequestError, match=message):
        client().explain("Hi", model=model)


async def test_what_is_told_is_what_happens(way, fake):
    routes = {"a": Route(["fake:one", "fake:two"], strategy={"name": "weighted", "weights": {}})}
    async with way.client(fake, routes=routes, model="a") as made:
        fake.enqueue("Spree.")
        response = await made.chat("Hi", session="s")
        inner = made.inner if way.is_sync else made
        told = inner.explain("Hi", session="s")
    assert set(told.decision.order) == set(response.decision.order)
    assert told.decision.strategy == response.decision.strategy == "weighted"
    assert len(fake.requests) == 1


async def test_a_session_stays_with_whom_it_was(way, fake):
    routes = {"a": ["fake:one", "fake:two"]}
    async with way.client(fake, routes=routes, model="a") as made:
        fake.enqueue(unillm.testing.faults.get("status-500"), "Spree.")
        assert (await made.chat("Hi", session="s")).model == "two"
        inner = made.inner if way.is_sync else made
        told = inner.explain("Hi", session="s")
        assert (told.decision.sticky, told.chosen.name) == ("fake:two", "fake:two")
        assert "sticky: fake:two answered this session before" in str(told)
        assert inner.explain("Hi", session="another").decision.sticky is None


SHOWN = """\
route 'fast', ranked by fallback
   candidate                 expected  quality  why
1  box:large                  $0.0101      0.9
-  openai:gpt-5.5                   ?           key: no API key for openai: set OPENAI_API_KEY, or pass
                                                providers=[unillm.Provider('openai', api_key=…)]
-  deepseek:deepseek-v4-pro         ?           capability: deepseek:deepseek-v4-pro reads no images. Ask
                                                deepseek:deepseek-flash, or leave the images out.
expected: $0.0101 for 808 tokens of prompt and 100 of answer (an answer of 100 tokens, which is max_tokens)
"""  # noqa: E501 - as it is printed


def explained():
    route = Route(
        ["box:large", "openai:gpt-5.5", "deepseek:deepseek-v4-pro"], quality={"box:large": 0.9}
    )
    made = client({"fast": route})
    return made.explain([unillm.UserMessage(["What?", PICTURE])], model="fast", max_tokens=100)


def test_it_prints_as_a_table():
    told = explained()
    assert f"{told}\n" == SHOWN
    assert repr(told) == str(told)


def test_small_scores_are_written_out():
    route = Route(["box:small", "box:large"], strategy="cheapest")
    shown = str(client({"fast": route}).explain("Hi.", model="fast", max_tokens=1))
    assert "e-" not in shown.replace("large", "")
    assert "0.0000" in shown


def test_a_decision_prints_in_lines():
    decision = unillm.Decision(
        route="fast",
        strategy="cheapest",
        order=("a:m", "b:m"),
        excluded=(Excluded("c:m", "key", "no API key for c"),),
        sticky="a:m",
    )
    assert str(decision) == (
        "route 'fast', ranked by cheapest: a:m, b:m; a:m answered this session before\n"
        "- not c:m: key: no API key for c"
    )
    nobody = unillm.Decision(route=None, strategy="fallback", order=())
    assert str(nobody) == "named directly, ranked by fallback: nobody"


def test_it_is_shown_in_notebooks_and_by_rich():
    told = explained()
    markdown = told._repr_markdown_()
    assert markdown.startswith(
        "**route 'fast', ranked by fallback**\n\n|  | candidate | expected |"
    )
    assert "| 1 | box:large | &#36;" in markdown
    written = io.StringIO()
    Console(file=written, width=120).print(told)
    assert "box:large" in written.getvalue()
    assert "reads no" in written.getvalue()


def test_it_is_a_value():
    told = explained()
    assert unillm.Explanation.from_json(told.to_json()) == told
    assert len(told) == 3
    with pytest.raises(KeyError):
        told["nobody"]
