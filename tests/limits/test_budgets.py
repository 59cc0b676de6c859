"""Budgets, as calls meet them, on every way and with both stores."""

# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportOptionalSubscript=false, reportArgumentType=false

from contextlib import suppress
from decimal import Decimal

import pytest
import tiktoken
import tiktoken.registry

import unillm
from tests.client.ways import ONCE, QUICK, read_all
from tests.limits import servers
from tests.limits.purses import TOKENS, billed, of, priced
from unillm.limits import MemoryStore, RedisStore
from unillm.pricing import PriceBook
from unillm.testing import Answer, FakeCall, faults

MOST = Decimal("0.0030")
"""More than one call may cost, and less than two."""


@pytest.fixture(params=["memory", "redis"])
def make(request):
    """Give a function that makes a budget in this process or in Redis."""
    if request.param == "memory":
        yield unillm.Budget
        return
    client, name = servers.require(), servers.prefix()
    store = RedisStore(client, prefix=name)
    yield lambda usd, **given: unillm.Budget(usd, **{"name": "shared", "store": store, **given})
    servers.sweep(client, name)
    client.close()


async def entered(stream):
    async with stream:
        pytest.fail("it was sent")


async def test_what_a_call_cost_is_spent_and_nothing_stays_reserved(way, fake, make):
    budget = make("1")
    async with way.client(fake, **priced(fake, budget)) as client:
        r = await client.chat("one two three")
        async with client.stream("one two three") as stream:
            await read_all(stream)
        state = of(budget, await client.budgets())
    assert r.cost.state == "exact"
    assert state.spent == r.cost.total + stream.response.cost.total == billed(fake)
    assert (state.reserved, state.left, state.overshoot) == (0, 1 - state.spent, 0)


async def test_a_call_without_room_is_refused_before_anything_is_sent(way, fake, make):
    keys = []
    budget = make("0.0001", name="tight")
    providers = [unillm.Provider("fake", base_url=fake.base_url, api_key=lambda: keys.append(1))]
    async with way.client(fake, **priced(fake, budget, providers=providers)) as client:
        for stream in (False, True):
            call = entered(client.stream("Hi")) if stream else client.chat("Hi")
            with pytest.raises(unillm.BudgetExceededError, match="'tight'") as caught:
                await call
        error = caught.value
        assert (fake.requests, keys, fake.connections) == ([], [], 0)
        assert error.attempts == ()
        assert error.__cause__ is None
        assert (error.budget, error.left) == ("tight", Decimal("0.0001"))
        assert error.needed > error.left
        assert not error.retryable
        assert not error.may_pass
        assert [state.budget for state in error.states] == ["tight"]
        assert (await client.budgets())[0].reserved == 0


async def test_the_error_names_the_largest_answer_that_fits_and_it_does(way, fake, make):
    budget = make("0.01")
    async with way.client(fake, **priced(fake, budget)) as client:
        with pytest.raises(unillm.BudgetExceededError, match=r"pass max_tokens=\d+") as caught:
            await client.chat("Hi", max_tokens=1_000_000)
        fits = caught.value.fits
        with pytest.raises(unillm.BudgetExceededError):
            # A number of fewer digits makes the body shorter, by some tokens at most.
            await client.chat("Hi", max_tokens=fits + 3)
        assert (await client.chat("Hi", max_tokens=fits)).finish_reason == "stop"


async def test_without_a_price_nothing_is_sent(way, fake, make):
    budget = make("100")
    async with way.client(fake, **priced(fake, budget)) as client:
        with pytest.raises(unillm.BudgetExceededError, match=r"no price .* prices=…") as caught:
            await client.chat("Hi", model="fake:other")
    assert (caught.value.needed, caught.value.left) == (None, None)
    assert fake.requests == []


async def test_without_a_bound_nothing_is_sent(way, fake, make):
    budget = make("100")
    async with way.client(fake, **priced(fake, budget, max_tokens=None)) as client:
        with pytest.raises(
            unillm.BudgetExceededError, match=r"how long its answer .* max_tokens=…"
        ):
            await client.chat("Hi")
        with pytest.raises(unillm.BudgetExceededError, match="how long its prompt can be"):
            await client.chat("Hi", max_tokens=1, extra_body={"previous_response_id": "r1"})
        with pytest.raises(unillm.BudgetExceededError, match="beside tokens"):
            await client.chat("Hi", max_tokens=1, extra_body={"plugins": [{"id": "web"}]})
    assert fake.requests == []


async def test_a_retry_is_reserved_anew_and_its_refusal_tells_of_the_error_before(way, fake, make):
    fake.enqueue(faults.get("cut-in-head"), Answer("Hi"))
    budget = make(MOST)
    async with way.client(fake, **priced(fake, budget, retry=QUICK)) as client:
        with pytest.raises(unillm.BudgetExceededError) as caught:
            await client.chat("Hi")
        state = of(budget, await client.budgets())
    assert len(fake.requests) == 1
    assert isinstance(caught.value.__cause__, unillm.TransportError)
    assert [attempt.outcome for attempt in caught.value.attempts] == ["error"]
    # Nobody knows what the attempt cost that was cut: all that was reserved is spent.
    assert state.spent == caught.value.needed
    assert state.reserved == 0


@pytest.mark.parametrize("fault", ["status-429", "status-503", "status-400", "status-401"])
async def test_what_was_refused_costs_nothing(way, fake, make, fault):
    fake.enqueue(faults.get(fault))
    budget = make(MOST)
    async with way.client(fake, **priced(fake, budget, retry=ONCE)) as client:
        with pytest.raises(unillm.ProviderError):
            await client.chat("Hi")
        state = of(budget, await client.budgets())
    assert (state.spent, state.reserved) == (0, 0)


async def test_what_was_never_sent_costs_nothing(way, fake, make):
    budget = make(MOST)
    options = priced(fake, budget, retry=ONCE)
    fake.stop()
    async with way.client(None, **options) as client:
        with pytest.raises(unillm.ConnectError):
            await client.chat("Hi")
        state = of(budget, await client.budgets())
    assert (state.spent, state.reserved) == (0, 0)


async def test_a_stream_left_early_counts_whole(way, fake, make):
    budget = make("1")
    async with way.client(fake, **priced(fake, budget)) as client:
        async with client.stream("Hi", model="fake:fake-model") as stream:
            await anext(stream)
            reserved = of(budget, await client.budgets()).reserved
            assert reserved > 0
        state = of(budget, await client.budgets())
    assert state.reserved == 0
    assert 0 < state.spent <= reserved


async def test_a_bill_above_the_bound_is_seen_by_the_next_call(way, fake, make):
    fake.enqueue(Answer("Hi", usage={"prompt_tokens": 9_000_000, "completion_tokens": 3}))
    budget = make("1")
    async with way.client(fake, **priced(fake, budget)) as client:
        r = await client.chat("Hi")
        state = of(budget, await client.budgets())
        assert state.spent == r.cost.total == Decimal("9.000006")
        assert state.left == 0
        assert state.overshoot > Decimal("8.99")
        with pytest.raises(unillm.BudgetExceededError, match=r"\$9.000006 spent"):
            await client.chat("Hi")
    assert len(fake.requests) == 1


async def test_a_calls_budget_comes_on_top_and_holds_over_calls(way, fake, make):
    wide, narrow = make("1", name="wide"), make(MOST, name="narrow")
    async with way.client(fake, **priced(fake, wide)) as client:
        for _ in range(3):
            await client.chat("Hi", budget=narrow)
        other = client.with_options(budget=narrow)
        await other.chat("Hi")
        both = await other.budgets()
        assert [state.budget for state in both] == ["wide", "narrow"]
        assert both[0].spent == both[1].spent > 0
        with pytest.raises(unillm.BudgetExceededError, match="narrow"):
            await client.chat("Hi", budget=[narrow], max_tokens=10_000)
        await client.chat("Hi", max_tokens=10_000)
        assert of(wide, await client.budgets()).reserved == 0


async def test_clients_share_what_is_spent_under_one_budget(way, fake, make):
    budget = make("1")
    async with (
        way.client(fake, **priced(fake, budget)) as one,
        way.client(fake, **priced(fake, budget)) as other,
    ):
        await one.chat("Hi")
        await other.chat("Hi")
        assert await one.budgets() == await other.budgets()
    assert of(budget, await one.budgets()).spent == billed(fake)


async def test_each_user_tag_and_model_has_as_much(way, fake, make):
    budgets = [make(MOST, name=by, scope=by) for by in ("user", "tag:team", "model", "provider")]
    async with way.client(fake, **priced(fake, budgets)) as client:
        await client.chat("Hi", user="ann", tags={"team": "red"})
        await client.chat("Hi", user="bob")
        states = {(state.budget, state.key): state.spent for state in await client.budgets()}
        each = states["user", "user=ann"]
        assert states == {
            ("user", "user=ann"): each,
            ("user", "user=bob"): each,
            ("tag:team", "tag:team=red"): each,
            ("tag:team", "tag:team=(none)"): each,
            ("model", "model=fake:fake-model"): 2 * each,
            ("provider", "provider=fake"): 2 * each,
        }
        with pytest.raises(unillm.BudgetExceededError) as caught:
            await client.chat("Hi", user="eve", max_tokens=2_000)
        # Of several stores the first without room ends it.
        assert caught.value.states[0].key == "user=eve"


async def test_the_soft_limit_is_told_once(way, fake, make):
    told = []
    budget = make("1", soft="0.0000001", on_soft=told.append)
    async with way.client(fake, **priced(fake, budget)) as client:
        await client.chat("Hi")
        await client.chat("Hi")
        async with client.stream("Hi") as stream:
            await read_all(stream)
    assert len(told) == 1
    assert told[0].budget == budget.name
    assert 0 < told[0].spent < told[0].usd == 1


async def test_what_on_soft_raises_reaches_nobody(way, fake, make, caplog):
    def on_soft(_state):
        raise ValueError("not now")

    budget = make("1", soft=0.0, on_soft=on_soft)
    async with way.client(fake, **priced(fake, budget)) as client:
        assert (await client.chat("Hi")).finish_reason == "stop"
    assert "on_soft" in caplog.text


async def test_without_on_soft_the_log_is_told(way, fake, make, caplog):
    async with way.client(fake, **priced(fake, make("1", soft=0.0, name="log"))) as client:
        await client.chat("Hi")
    assert "of the budget 'log' $" in caplog.text


async def test_a_reask_is_reserved_as_well(way, fake, make):
    fake.enqueue(Answer("no number"), Answer("7"))
    budget = make("0.00275")  # for one answer, and not for a longer prompt
    async with way.client(fake, **priced(fake, budget)) as client:
        with pytest.raises(unillm.OutputValidationError) as caught:
            await client.parse("Hi", output=int)
    assert len(fake.requests) == 1
    assert isinstance(caught.value.__cause__, unillm.BudgetExceededError)


async def test_a_turn_without_room_ends_the_run_with_what_came(way, fake, make):
    def look() -> str:
        """Look."""
        return "word " * 3_000

    budget = make("0.011")
    async with way.client(fake, **priced(fake, budget)) as client:
        with pytest.raises(unillm.BudgetExceededError) as caught:
            await client.run("Hi", tools=[look])
    assert len(caught.value.run.turns) == 1
    assert len(fake.requests) == 1


async def test_text_that_goes_on_is_no_way_around(way, fake, make):
    providers = [unillm.Provider("fake", base_url=fake.base_url, api_key="k", profile="vllm")]
    budget = make("0.0005")
    async with way.client(fake, **priced(fake, budget, providers=providers)) as client:
        with pytest.raises(unillm.BudgetExceededError):
            await client.complete("def f(", max_tokens=10_000)
        assert fake.requests == []
        made = await client.complete("def f(", max_tokens=10)
        state = of(budget, await client.budgets())
    assert made.text
    assert state.reserved == 0
    assert state.spent > 0


async def test_rows_wait_for_room_that_other_rows_hold(way, fake, make):
    budget = make("0.02")  # room for a few at a time, and for all one after another
    async with way.client(fake, **priced(fake, budget)) as client:
        rows = await client.map(["Hi"] * 40, concurrency=16).collect()
        state = of(budget, await client.budgets())
    assert [row.error for row in rows if row.error] == []
    assert state.spent == billed(fake)
    assert state.reserved == 0


async def test_rows_that_will_never_have_room_have_the_error_and_others_their_answer(
    way, fake, make
):
    budget = make("0.02")
    large = {"messages": "Hi", "max_tokens": 100_000}
    async with way.client(fake, **priced(fake, budget)) as client:
        rows = await client.map([large, "Hi", large, large, large, "Hi"], concurrency=2).collect()
    kinds = [type(row.error).__name__ for row in rows]
    refused = "BudgetExceededError"
    assert kinds == [refused, "NoneType", refused, refused, refused, "NoneType"]
    assert len(fake.requests) == 2


async def test_rows_behind_a_budget_that_is_spent_are_not_asked(way, fake, make):
    fake.enqueue(Answer("Hi", usage={"prompt_tokens": 9_000_000, "completion_tokens": 3}))
    budget = make("1")
    async with way.client(fake, **priced(fake, budget)) as client:
        rows = await client.map(["Hi"] * 30, concurrency=1).collect()
    assert rows[0].error is None
    assert {type(row.error) for row in rows[1:]} == {unillm.BudgetExceededError}
    assert "not asked" in rows[-1].error.message
    assert len(fake.requests) == 1


async def test_a_batch_under_a_budget_is_refused(way, fake, make):
    async with way.client(fake, **priced(fake, make("1"))) as client:
        with pytest.raises(unillm.InvalidRequestError, match="batch=True"):
            client.map(["Hi"], batch=True)
    async with way.client(fake, **priced(fake, None)) as client:
        row = {"messages": "Hi", "budget": make("1")}
        (made,) = await client.map([row], batch=True).collect()
    assert "batch=True" in made.error.message
    assert fake.requests == []


async def test_two_budgets_of_one_name_in_one_store_are_refused(way, fake):
    store = MemoryStore()
    one, other = (unillm.Budget(1, name="same", store=store) for _ in range(2))
    async with way.client(fake, **priced(fake, one)) as client:
        with pytest.raises(unillm.InvalidRequestError, match="'same'"):
            client.with_options(budget=other)
        with pytest.raises(unillm.InvalidRequestError, match=r"must be a unillm\.Budget"):
            await client.chat("Hi", budget=5)


async def test_an_error_of_a_server_that_may_have_worked_counts_whole(way, fake, make):
    fake.enqueue(faults.get("status-500"))
    budget = make(MOST)
    async with way.client(fake, **priced(fake, budget, retry=ONCE)) as client:
        with pytest.raises(unillm.ServerError):
            await client.chat("Hi")
        state = of(budget, await client.budgets())
    assert state.spent > 0
    assert state.reserved == 0


async def test_each_run_has_as_much_and_its_turns_share_it(way, fake, make):
    def look() -> str:
        """Look."""
        return "word " * 300

    budget = make("0.0085", per="run")  # for two turns, and not for three
    async with way.client(fake, **priced(fake, budget)) as client:
        for _ in range(2):
            fake.enqueue(*[Answer(tool_calls=[FakeCall("look", {})]) for _ in range(5)])
            fake.enqueue(Answer("done"))
            with pytest.raises(unillm.BudgetExceededError, match="run ") as caught:
                await client.run("Hi", tools=[look])
            assert len(caught.value.run.turns) >= 1
            fake.clear()
        for _ in range(5):
            await client.chat("Hi")
        assert await client.budgets() == ()


async def test_a_call_counts_under_each_task_around_it(way, fake, make):
    budget = make("1", scope="task")
    async with way.client(fake, **priced(fake, budget)) as client:
        with unillm.task("night"):
            await client.chat("Hi")
            with unillm.task("step"):
                r = await client.chat("Hi")
        await client.chat("Hi")
        states = {state.key: state.spent for state in await client.budgets()}
    one = r.cost.total
    assert states == {"task=night": 2 * one, "task=step": one, "task=(none)": one}


@pytest.fixture
def tokenizer(monkeypatch):
    """Have a tokenizer of OpenAI's at hand, with a token for ten letters."""
    encoding = tiktoken.Encoding(
        "o200k_base",
        pat_str=r"[\s\S]{1,10}",
        mergeable_ranks={
            **{bytes([byte]): byte for byte in range(256)},
            **{b"r" * length: 254 + length for length in range(2, 11)},
        },
        special_tokens={},
    )
    monkeypatch.setitem(tiktoken.registry.ENCODINGS, "o200k_base", encoding)


@pytest.mark.parametrize("size", [1_000, 40_000])
async def test_with_the_models_tokenizer_a_prompt_reserves_what_it_has(way, fake, tokenizer, size):
    price = unillm.Price(
        provider="openai",
        model="gpt-5.5",
        input=Decimal(1),
        cached_input=Decimal(1),
        output=Decimal(2),
    )
    budget = unillm.Budget(1, name="b")
    options = priced(fake, budget, model="openai:gpt-5.5", retry=ONCE)
    options["providers"] = [
        unillm.Provider("openai", base_url=fake.base_url, api_key="k", api="chat")
    ]
    options["prices"] = PriceBook.default().with_(price)
    fake.enqueue(faults.get("cut-in-text"))
    async with way.client(fake, **options) as client:
        with suppress(unillm.IncompleteStreamError):
            async with client.stream("r" * size) as stream:
                await anext(stream)
                reserved = of(budget, await client.budgets()).reserved
                await read_all(stream)
        state = of(budget, await client.budgets())
    around = Decimal(3_000 + 2 * TOKENS).scaleb(-6)
    assert Decimal(size // 10).scaleb(-6) < reserved < Decimal(size // 10).scaleb(-6) + around
    # What was cut is counted with the same bound.
    assert 0 < state.spent <= reserved
    assert (state.reserved, state.overshoot) == (0, 0)


async def test_a_row_that_is_asked_again_has_no_more_for_it(way, fake, make):
    cut = faults.get("cut-in-head")
    fake.enqueue(cut, faults.get("status-503"), cut, Answer("Hi"))
    retry = unillm.RetryPolicy(max_attempts=6, first_wait=0.001, max_wait=0.002)
    budget = make("0.006", per="run")  # for two attempts that may have cost all, and not for three
    async with way.client(fake, **priced(fake, budget, retry=retry)) as client:
        (row,) = await client.map(["Hi"], concurrency=1).collect()
    assert isinstance(row.error, unillm.BudgetExceededError)
    assert [attempt.status for attempt in row.error.attempts] == [None, 503, None]
