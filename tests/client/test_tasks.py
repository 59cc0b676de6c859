"""Tasks: what is begun inside of them counts, wherever it goes on and ends."""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false, reportAttributeAccessIssue=false

import dataclasses
from decimal import Decimal

import pytest

import unillm
from tests.client.ways import KEY, ONCE, QUICK, read_all, sync_client
from unillm._client.scope import around
from unillm.pricing import PriceBook
from unillm.testing import Answer, FakeCall, FakeProvider, faults

PRICES = PriceBook.default().with_(
    unillm.Price(provider="fake", model="fake-model", input=Decimal(1), output=Decimal(2))
)


def whats(task):
    """Give what the calls of a task are tagged with."""
    return [record.tags.get("what") for record in task.operations]


def calls(*cities, name="look"):
    return Answer(tool_calls=[FakeCall(name, {"city": city}) for city in cities])


def look(city: str) -> str:
    return city


@pytest.fixture(autouse=True)
def nothing_left():
    """Leave the place as it was."""
    assert around().tasks == ()
    yield
    assert around().tasks == ()


# ---------------- what counts


async def test_calls_begun_inside_count_and_others_do_not(way, fake):
    async with way.client(fake, prices=PRICES) as client:
        await client.chat("before")
        with unillm.task("nightly-eval") as task:
            assert (task.operations, task.usage, task.cost.total) == ((), None, 0)
            first = await client.chat("inside")
            assert (task.usage, task.cost.total) == (first.usage, first.cost.total)
            second = await client.chat("inside, again")
        await client.chat("after")
    assert [record.attempts for record in task.operations] == [first.attempts, second.attempts]
    assert task.usage.input_tokens == first.usage.input_tokens + second.usage.input_tokens
    assert task.cost.total == first.cost.total + second.cost.total > 0
    assert task.cost.total == sum(line.usd for line in task.cost.lines)
    assert (task.cost.state, task.cost.price.model) == ("exact", "fake-model")


async def test_tasks_may_be_nested(way, fake):
    told = []
    async with way.client(fake, observers=[told.append]) as client:
        with unillm.task("outer") as outer:
            await client.chat("a")
            with unillm.task("inner") as inner:
                await client.chat("b")
            await client.chat("c")
    assert (len(outer.operations), len(inner.operations)) == (3, 1)
    assert [record.scope.tasks for record in told] == [("outer",), ("outer", "inner"), ("outer",)]
    assert inner.operations[0].operation == outer.operations[1].operation


async def test_a_task_inside_of_itself_counts_once(way, fake):
    async with way.client(fake) as client:
        with unillm.task("again") as task:
            with task:
                await client.chat("a")
            await client.chat("b")
    assert [record.scope.tasks for record in task.operations] == [("again",)] * 2


async def test_every_kind_of_call_counts(way, fake):
    fake.enqueue(Answer("a"), Answer("b"), Answer('{"n": 1}'))
    async with way.client(fake) as client:
        with unillm.task("all") as task:
            await client.chat("a", tags={"what": "chat"})
            async with client.stream("b", tags={"what": "stream"}) as stream:
                await read_all(stream)
            await client.parse("c", output={"type": "object"}, tags={"what": "parse"})
            await client.run("d", tags={"what": "run"})
            await client.map(["e", "f"], tags={"what": "map"}).collect()
    assert whats(task) == ["chat", "stream", "parse", "run", "map", "map"]


async def test_rows_of_a_batch_count_for_the_task_in_which_it_was_asked(way, monkeypatch):
    monkeypatch.setattr("unillm._flow.batch.FIRST_PAUSE", 0.001)
    with FakeProvider(api_key=KEY) as fake:
        box = unillm.Provider("box", base_url=fake.base_url, api_key=KEY, profile="openai")
        async with way.client(fake, providers=[box], model="box:gpt-6-luna") as client:
            with unillm.task("begun", tags={"what": "batch"}) as task:
                rows = client.map(["a", {"messages": "b", "tags": {"what": "row"}}], batch=True)
            with unillm.task("elsewhere") as elsewhere:
                await rows.collect()
    assert sorted(whats(task)) == ["batch", "row"]
    assert {record.scope.tasks for record in task.operations} == {("begun",)}
    assert elsewhere.operations == ()


async def test_what_was_begun_inside_counts_though_it_is_read_elsewhere(way, fake):
    fake.enqueue(Answer("x y z"), calls("a", "b", name="ask"), Answer("done"))
    async with way.client(fake) as client:

        def ask(city: str) -> str:
            return around().tasks[-1].name

        with unillm.task("begun") as task:
            stream = client.stream("Hi", tags={"what": "stream"})
            run = client.run_stream("Hi", tools=[ask], tags={"what": "run"})
            rows = client.map(["a", "b"], tags={"what": "map"}, concurrency=1)
        with unillm.task("elsewhere") as elsewhere:
            async with stream:
                await anext(stream)
                assert task.operations == ()  # it is not over
                await read_all(stream)
            async with run:
                await read_all(run)
            await rows.collect()
    results = [m.content for m in run.messages if isinstance(m, unillm.ToolMessage)]
    assert results == ["begun", "begun"]
    assert whats(task) == ["stream", "run", "run", "map", "map"]
    assert elsewhere.operations == ()


async def test_what_was_begun_before_does_not_count(way, fake):
    async with way.client(fake) as client:
        stream = client.stream("Hi")
        with unillm.task("late") as task:
            async with stream:
                await read_all(stream)
    assert task.operations == ()


async def test_a_call_that_tells_nobody_counts(way, fake):
    async with way.client(fake, observers=()) as client:
        with unillm.task("quiet") as task:
            await client.chat("a", observers=())
    assert len(task.operations) == 1


async def test_observers_find_the_sums_brought_up_to_date(way, fake):
    seen = []
    with unillm.task("seen") as task:

        def observer(_):
            return seen.append(len(task.operations))

        async with way.client(fake, observers=[observer]) as client:
            await client.chat("a")
            await client.chat("b")
    assert seen == [1, 2]


async def test_failures_retries_and_early_ends_count(way, fake):
    fake.enqueue(faults.get("status-503"), Answer("b"), faults.get("status-400"))
    async with way.client(fake, retry=QUICK) as client:
        with unillm.task("hard") as task:
            await client.chat("a")
            with pytest.raises(unillm.BadRequestError):
                await client.chat("b")
            async with client.stream("c", model="fake:stall-in-text") as stream:
                await anext(stream)
    assert [record.outcome for record in task.operations] == ["ok", "error", "cancelled"]
    assert [len(record.attempts) for record in task.operations] == [2, 1, 1]


async def test_an_error_that_leaves_the_block_is_counted_and_raised(way, fake):
    async with way.client(fake, retry=ONCE) as client:
        with pytest.raises(unillm.ServerError), unillm.task("broken") as task:
            await client.chat("a", model="fake:status-500")
    assert [type(record.error) for record in task.operations] == [unillm.ServerError]


# ---------------- what is kept


async def test_no_content_is_kept(way, fake):
    fake.enqueue(Answer("an-answer"), calls("a", name="nobody"))
    async with way.client(fake, prices=PRICES) as client:
        with unillm.task("light") as task:
            await client.chat("a-prompt")
            with pytest.raises(unillm.ToolArgumentsError) as caught:
                await client.chat("a-prompt", tools=[look])
    good, bad = task.operations
    assert (good.request, good.response, bad.request, bad.response) == (None,) * 4
    assert (type(bad.error), bad.error.message) == (type(caught.value), caught.value.message)
    assert (bad.error.partial, bad.error.response, bad.error.__traceback__) == (None,) * 3
    assert caught.value.partial is not None
    assert bad.error.attempts == caught.value.attempts
    kept = repr([dataclasses.asdict(good), vars(bad.error)])
    assert "an-answer" not in kept
    assert "a-prompt" not in kept
    assert KEY not in kept


def test_an_error_keeps_its_numbers(fake):
    fake.enqueue(faults.get("status-429"))
    with (
        sync_client(fake, retry=ONCE) as client,
        unillm.task("numbers") as task,
        pytest.raises(unillm.RateLimitError) as caught,
    ):
        client.chat("Hi")
    (record,) = task.operations
    assert isinstance(record.error, unillm.RateLimitError)
    assert (record.error.status, record.error.retry_after) == (429, caught.value.retry_after)
    assert record.error.body is None


# ---------------- what is not known


async def test_a_sum_with_unknowns_says_so(way, fake):
    async with way.client(fake, prices=PRICES) as client:
        with unillm.task("mixed") as task:
            known = await client.chat("a")
            await client.chat("b", model="fake:unpriced")
            await client.chat("c", model="fake:unpriced")
    cost = task.cost
    assert (cost.total, cost.state, cost.high) == (None, "unknown", None)
    assert cost.low == known.cost.total
    assert cost.reason.startswith("what 2 of 3 calls cost is not known, for one: no price of ")
    assert repr(task).endswith(", at least $0.000007)")


async def test_a_call_of_which_nothing_was_sent_cost_nothing(way, fake):
    async with way.client(fake, prices=PRICES) as client:
        with unillm.task("unsent") as task:
            with pytest.raises(unillm.InvalidRequestError):
                await client.chat([])
            stream = client.stream("never entered")
            await stream.close()
    assert (task.cost.total, task.cost.state, task.usage) == (0, "exact", None)


# ---------------- what a call is for


async def test_labels_of_the_innermost_go_over_those_around(way, fake):
    told = []
    async with way.client(
        fake, observers=[told.append], tags={"who": "client", "client": "1"}, session="client"
    ) as client:
        with unillm.task("outer", user="ann", session="outer", tags={"who": "outer", "outer": "1"}):
            await client.chat("a")
            with unillm.task("inner", user="bob", tags={"who": "inner"}):
                await client.chat("b")
                await client.chat("c", tags={"who": "call"}, session="call")
        with unillm.task("bare"):
            await client.chat("d")
    merged = [(r.tags, r.session, r.scope.user) for r in told]
    assert merged == [
        ({"who": "outer", "client": "1", "outer": "1"}, "outer", "ann"),
        ({"who": "inner", "client": "1", "outer": "1"}, "outer", "bob"),
        ({"who": "call", "client": "1", "outer": "1"}, "call", "bob"),
        ({"who": "client", "client": "1"}, "client", None),
    ]


async def test_options_of_another_client_are_defaults_too(way, fake):
    told = []
    async with way.client(fake, observers=[told.append]) as client:
        other = client.with_options(tags={"who": "client"}, session="client")
        with unillm.task("task", session="task", tags={"who": "task"}):
            await other.chat("a")
            await other.chat("b", tags={"who": "client"})
    assert [(r.tags, r.session) for r in told] == [
        ({"who": "task"}, "task"),
        ({"who": "client"}, "task"),
    ]


async def test_labels_of_a_map_and_of_its_rows_are_a_calls_own(way, fake):
    told = []
    row = {"messages": "b", "tags": {"row": "1", "who": "row"}}
    async with way.client(fake, observers=[told.append], tags={"who": "client"}) as client:
        with unillm.task("task", tags={"who": "task", "task": "1"}):
            rows = client.map(["a", row], tags={"who": "map", "map": "1"}, concurrency=1)
            await rows.collect()
    assert [record.tags for record in told] == [
        {"who": "map", "task": "1", "map": "1"},
        {"who": "row", "task": "1", "map": "1", "row": "1"},
    ]


async def test_the_user_of_a_task_is_not_sent(way, fake):
    told = []
    async with way.client(fake, observers=[told.append]) as client:
        await client.chat("a", user="pseudonym")
        with unillm.task("t", user="ann@example.org", session="s1", tags={"team": "blue"}):
            await client.chat("b", user="pseudonym")
            await client.chat("c")
    assert [record.scope.user for record in told] == ["pseudonym"] + ["ann@example.org"] * 2
    bodies = [request.body for request in fake.requests]
    assert [b"pseudonym" in body for body in bodies] == [True, True, False]
    assert not any(label in body for body in bodies for label in (b"ann@", b"s1", b"blue"))


def test_what_a_task_was_made_with_stays(fake):
    tags = {"team": "blue"}
    task = unillm.task("t", user="ann", session="s", tags=tags)
    tags["team"] = "red"
    assert (task.name, task.user, task.session, dict(task.tags)) == (
        "t",
        "ann",
        "s",
        {"team": "blue"},
    )
    with pytest.raises(TypeError):
        task.tags["team"] = "red"  # pyright: ignore[reportIndexIssue] - that is the test


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": ""}, "the name of a task is empty"),
        ({"name": " \n"}, "the name of a task is empty"),
        ({"name": 3}, "the name of a task must be a string, not int"),
        ({"name": None}, "the name of a task must be a string, not NoneType"),
        ({"name": "t", "user": 7}, "user must be a string, not int"),
        ({"name": "t", "session": b"s"}, "session must be a string, not bytes"),
        ({"name": "t", "tags": "blue"}, "tags must be a dict"),
        ({"name": "t", "tags": {1: "a"}}, "a tag must be a string, not int"),
        ({"name": "t", "tags": {"n": 1}}, "the tag 'n' must be a string, not int"),
    ],
    ids=["empty", "blank", "int", "none", "user", "session", "tags", "key", "value"],
)
def test_what_cannot_be_meant_is_refused(given, words):
    with pytest.raises(unillm.InvalidRequestError, match=words):
        unillm.task(**given)


async def test_tags_of_a_call_map_strings_to_strings(way, fake):
    async with way.client(fake) as client:
        with pytest.raises(unillm.InvalidRequestError, match="tags must map strings to strings"):
            await client.chat("Hi", tags={"n": 1})
    assert fake.requests == []


# ---------------- runs


async def test_turns_know_their_run_and_so_do_the_calls_of_tools(way, fake):
    told = []
    async with way.client(fake, observers=[told.append]) as client:

        async def ask(city: str) -> str:
            with unillm.task(f"ask-{city}"):
                return (await client.chat(city)).text

        def ask_at_once(city: str) -> str:
            with unillm.task(f"ask-{city}"), sync_client(fake, observers=[told.append]) as inner:
                return inner.chat(city).text

        tool = ask_at_once if way.is_sync else ask
        fake.enqueue(calls("a", name=tool.__name__), Answer("A"), Answer("done"))
        with unillm.task("agent") as agent:
            run = await client.run("Hi", tools=[tool])
        other = await client.run("Hi")
    scopes = [(r.scope.tasks, r.scope.run, r.scope.turn) for r in told]
    assert scopes == [
        (("agent",), run.id, 1),
        (("agent", "ask-a"), run.id, None),
        (("agent",), run.id, 2),
        ((), other.id, 1),
    ]
    assert len(agent.operations) == 3
    assert run.id != other.id
    assert unillm.RunResult.from_json(run.to_json()).id == run.id


@pytest.mark.parametrize("parallel", [True, False], ids=["together", "one-by-one"])
async def test_tools_called_together_keep_apart(way, fake, parallel):
    names = []

    def ask(city: str) -> str:
        with unillm.task(city), sync_client(fake) as inner:
            names.append((city, around().tasks[-1].name))
            return inner.chat("Hi").text

    fake.enqueue(calls("a", "b", "c", name="ask"))
    async with way.client(fake) as client:
        with unillm.task("agent") as agent:
            run = await client.run("Hi", tools=[ask], parallel=parallel)
    assert sorted(names) == [("a", "a"), ("b", "b"), ("c", "c")]
    inside = [r.scope for r in agent.operations if r.scope.turn is None]
    assert sorted(scope.tasks for scope in inside) == [("agent", name) for name in "abc"]
    assert {scope.run for scope in inside} == {run.id}
    assert len(agent.operations) == 5


async def test_a_run_within_a_run_is_one_of_its_own(way, fake):
    told, inner_runs = [], []

    def delegate(city: str) -> str:
        with sync_client(fake, observers=[told.append]) as inner:
            inner_runs.append(inner.run(city))
        return inner_runs[-1].text

    fake.enqueue(calls("a", name="delegate"))
    async with way.client(fake, observers=[told.append]) as client:
        run = await client.run("Hi", tools=[delegate])
    assert [(r.scope.run, r.scope.turn) for r in told] == [
        (run.id, 1),
        (inner_runs[0].id, 1),
        (run.id, 2),
    ]


async def test_what_approval_asks_belongs_to_the_run(way, fake):
    told = []

    def approve(call):
        with sync_client(fake, observers=[told.append]) as judge:
            return bool(judge.chat("May it?").text)

    fake.enqueue(calls("a"))
    async with way.client(fake) as client:
        run = await client.run("Hi", tools=[look], approve=approve)
    assert [(r.scope.run, r.scope.turn) for r in told] == [(run.id, None)]


async def test_a_run_that_failed_has_its_id(way, fake):
    told = []
    fake.enqueue(calls("a"), calls("b"))
    async with way.client(fake, observers=[told.append]) as client:
        with pytest.raises(unillm.MaxTurnsError) as caught:
            await client.run("Hi", tools=[look], max_turns=2)
    assert {r.scope.run for r in told} == {caught.value.run.id}
    assert [r.scope.turn for r in told] == [1, 2]


# ---------------- how it looks


def test_a_task_shows_what_it_came_to(fake):
    task = unillm.task("a|b <i>")
    assert repr(task) == "Task('a|b <i>', 0 calls, $0)"
    with sync_client(fake, prices=PRICES, retry=QUICK) as client, task:
        client.chat("Hi")
        fake.enqueue(faults.get("status-503"))
        client.chat("Hi", model="fake:unpriced")
    used = task.usage
    assert repr(task).startswith(
        f"Task('a|b <i>', 2 calls, {used.input_tokens} in, {used.output_tokens} out, at least $0.0"
    )
    title, _, head, line, *rows = task._repr_markdown_().splitlines()
    assert title.startswith("**a&#124;b &lt;i&gt;**: 2 calls, ")
    assert head == "| model | attempts | tokens in | out | cost |"
    assert len(rows) == 2
    assert rows[0].startswith("| fake:fake-model | 1 | ")
    assert rows[1].startswith("| fake:unpriced | 2 | ")
    assert rows[1].endswith("| unknown |")
    assert {row.count("|") for row in (head, line, *rows)} == {6}
