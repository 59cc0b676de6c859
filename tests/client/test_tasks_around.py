"""Where a task is around a call: threads, pools, loops, generators, decorated functions."""

# pyright: reportOptionalMemberAccess=false, reportArgumentType=false

import asyncio
import contextvars
import functools
import gc
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import anyio.to_thread
import pytest
import trio

import unillm
from tests.client.ways import async_client, sync_client
from unillm._client.scope import around

WORD = contextvars.ContextVar("WORD", default="nothing")


def names():
    return tuple(task.name for task in around().tasks)


@pytest.fixture(autouse=True)
def nothing_left():
    """Leave the place as it was."""
    assert names() == ()
    yield
    assert names() == ()


# ---------------- threads of the user's own


def test_a_bound_function_runs_inside_in_any_thread(fake):
    barrier = threading.Barrier(4, timeout=10)

    def work(client, text):
        barrier.wait()  # all four at the same time: a context cannot be entered twice
        return client.chat(text).text

    with (
        sync_client(fake) as client,
        ThreadPoolExecutor(4) as pool,
        unillm.task("outer") as outer,
        unillm.task("pool") as task,
    ):
        done = list(pool.map(task.bind(functools.partial(work, client)), "abcd"))
    assert done == [f"You said: {letter}" for letter in "abcd"]
    assert (len(task.operations), len(outer.operations)) == (4, 4)
    assert {record.scope.tasks for record in task.operations} == {("outer", "pool")}


def test_a_function_that_is_not_bound_knows_nothing_of_the_task(fake):
    with ThreadPoolExecutor(1) as pool, unillm.task("t"):
        assert pool.submit(names).result() == ()


def test_a_thread_may_be_given_a_bound_function(fake):
    seen = []
    with unillm.task("t") as task:
        thread = threading.Thread(target=task.bind(lambda: seen.append(names())))
    thread.start()
    thread.join()
    assert seen == [("t",)]


def test_binding_after_the_end_still_counts(fake):
    with unillm.task("outer"), unillm.task("t") as task:
        pass
    with sync_client(fake) as client:
        task.bind(client.chat)("Hi")
    assert [record.scope.tasks for record in task.operations] == [("t",)]


def test_a_bound_function_has_the_context_it_was_bound_in():
    def change():
        WORD.set(f"{WORD.get()}!")
        return WORD.get(), names()

    token = WORD.set("here")
    with unillm.task("t") as task:
        bound = task.bind(change)
    WORD.reset(token)
    with unillm.task("elsewhere"):
        assert [bound(), bound()] == [("here!", ("t",))] * 2
        assert names() == ("elsewhere",)
    assert WORD.get() == "nothing"


def test_a_bound_function_looks_like_the_function():
    def work(a: int, *, b: int = 1) -> int:
        """Work."""
        return a + b

    bound = unillm.task("t").bind(work)
    assert (bound.__name__, bound.__doc__, bound(1, b=3)) == ("work", "Work.", 4)


def test_what_a_bound_function_raises_is_raised():
    def fail():
        raise ZeroDivisionError(names())

    with pytest.raises(ZeroDivisionError, match=r"\('t',\)"):
        unillm.task("t").bind(fail)()


def of_generator():
    yield names()


async def of_async_generator():
    yield names()


@pytest.mark.parametrize(
    "function",
    [of_generator, of_async_generator, 3, "work", None],
    ids=["generator", "async-generator", "number", "string", "none"],
)
def test_what_does_nothing_when_it_is_called_is_not_bound(function):
    task = unillm.task("t")
    with pytest.raises(unillm.InvalidRequestError, match=r"generator function|wraps functions"):
        task.bind(function)
    with pytest.raises(unillm.InvalidRequestError, match=r"generator function|wraps functions"):
        task(function)


# ---------------- decorated


def test_a_decorated_function_is_inside():
    task = unillm.task("t")

    @task
    def work(fail):
        if fail:
            raise ZeroDivisionError
        return names()

    with unillm.task("outer"):
        assert work(fail=False) == ("outer", "t")
        with pytest.raises(ZeroDivisionError):
            work(fail=True)
        assert names() == ("outer",)
    assert work(fail=False) == ("t",)


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
def test_a_decorated_or_bound_async_function_is_inside(run):
    task = unillm.task("t")

    async def work(word):
        await anyio.lowlevel.checkpoint()
        return word, names()

    async def main():
        with unillm.task("outer") as outer:
            seen = [await task(work)("a"), await task.bind(work)("b"), names()]
            bound = outer.bind(work)
        with unillm.task("elsewhere"):
            return [*seen, await bound("c"), await outer.bind(lambda: work("d"))(), names()]

    seen = run(main) if run is trio.run else run(main())
    assert seen == [
        ("a", ("outer", "t")),
        ("b", ("outer", "t")),
        ("outer",),
        ("c", ("outer",)),
        ("d", ("elsewhere", "outer")),
        ("elsewhere",),
    ]


# ---------------- coroutines


async def in_a_task(client, name, others):
    """Make calls in a task, while others do."""
    with unillm.task(name) as task:
        for _ in range(3):
            await client.chat("Hi")
            await anyio.lowlevel.checkpoint()
            with unillm.task(f"{name}-inner"):
                await client.chat("Hi")
    others.append((name, {record.scope.tasks for record in task.operations}, len(task.operations)))


def expected(name):
    return name, {("all", name), ("all", name, f"{name}-inner")}, 6


def test_tasks_of_concurrent_coroutines_keep_apart_on_asyncio(fake):
    async def main():
        done = []
        async with async_client(fake) as client:
            with unillm.task("all") as everything:
                await asyncio.gather(*(in_a_task(client, name, done) for name in "abc"))
                assert names() == ("all",)
        return done, len(everything.operations)

    done, count = asyncio.run(main())
    assert sorted(done) == [expected(name) for name in "abc"]
    assert count == 18


def test_tasks_of_concurrent_coroutines_keep_apart_on_trio(fake):
    async def main():
        done = []
        async with async_client(fake) as client:
            with unillm.task("all") as everything:
                async with trio.open_nursery() as nursery:
                    for name in "abc":
                        nursery.start_soon(in_a_task, client, name, done)
                assert names() == ("all",)
        return done, len(everything.operations)

    done, count = trio.run(main)
    assert sorted(done) == [expected(name) for name in "abc"]
    assert count == 18


@pytest.mark.parametrize("run", ["asyncio", "trio"])
def test_threads_of_event_loops_know_the_task(run):
    async def main():
        seen = []
        with unillm.task("t") as task:
            seen.append(await anyio.to_thread.run_sync(names))
            if run == "asyncio":
                seen.append(await asyncio.to_thread(names))
                loop = asyncio.get_running_loop()
                seen.append(await loop.run_in_executor(None, task.bind(names)))
        return seen

    assert set(anyio.run(main, backend=run)) == {("t",)}


def test_a_call_that_is_cancelled_counts_and_the_task_ends(fake):
    async def main():
        async with async_client(fake, timeout=unillm.Timeout(total=None)) as client:
            with unillm.task("t") as task:
                with anyio.move_on_after(0.05):
                    await client.chat("Hi", model="fake:stall-in-text")
            return task, names()

    task, left = asyncio.run(main())
    assert [record.outcome for record in task.operations] == ["cancelled"]
    assert left == ()


# ---------------- generators, whose two ends may be in different contexts


def test_a_generator_may_be_left_in_another_context(fake):
    def lifespan():
        with unillm.task("t") as task:
            yield task

    generator = lifespan()
    inside = contextvars.copy_context()
    task = inside.run(next, generator)
    assert inside.run(names) == ("t",)
    assert names() == ()
    with pytest.raises(StopIteration):
        next(generator)  # here, where the task was never entered
    with sync_client(fake) as client:
        client.chat("Hi")
        task.bind(client.chat)("Hi")
    assert len(task.operations) == 1


def test_a_generator_that_is_given_up_leaves_the_tasks_of_its_reader():
    def reading():
        with unillm.task("inner"):
            yield names()
            yield names()

    with unillm.task("outer"):
        generator = reading()
        assert next(generator) == ("outer", "inner")
        del generator
        gc.collect()
        assert names() == ("outer",)


def test_blocks_that_end_in_another_order_take_out_what_is_theirs():
    first, second = unillm.task("first"), unillm.task("second")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert names() == ("second",)
    second.__exit__(None, None, None)
    second.__exit__(None, None, None)
    assert names() == ()


def test_an_async_function_that_is_given_up_elsewhere_does_no_harm():
    async def forever():
        await asyncio.Event().wait()

    with unillm.task("t") as task:
        coroutine = task.bind(forever)()
    first = contextvars.copy_context()

    async def begin():
        coroutine.send(None)

    first.run(asyncio.run, begin())
    coroutine.close()  # in this context
    assert names() == ()


# ---------------- many threads, and forks


def test_sums_are_right_while_many_threads_add_and_read(fake):
    readings = []
    with sync_client(fake) as client, unillm.task("busy") as task:
        over = threading.Event()

        def read():
            while not over.is_set():
                usage = task.usage
                readings.append(0 if usage is None else usage.output_tokens)

        readers = [threading.Thread(target=read) for _ in range(2)]
        for reader in readers:
            reader.start()
        list(client.map(["Hi"] * 100, concurrency=8))
        over.set()
        for reader in readers:
            reader.join()
    each = task.operations[0].usage.output_tokens
    assert task.usage.output_tokens == 100 * each
    assert len(task.operations) == 100
    assert all(reading % each == 0 for reading in readings)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="runs on POSIX systems: no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # that is what is tried
def test_a_fork_reads_what_was_counted_before(fake):
    with sync_client(fake) as client, unillm.task("t") as task:
        client.chat("Hi")
        child = os.fork()
        if child == 0:
            os._exit(len(task.operations) if task.usage and names() == ("t",) else 99)
        _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 1
