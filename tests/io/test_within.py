"""A time limit cancels what is awaited inside, and hears who else cancels."""

import asyncio
from typing import Any

import anyio
import anyio.lowlevel
import pytest
import trio

from unillm._io.within import passed, within


async def limited(seconds, wait):
    """Return whether a wait was done within a limit."""
    with within(seconds):
        await wait()
        return True
    return False


async def forever():
    await anyio.sleep(60)


async def soon():
    await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
@pytest.mark.parametrize(
    ("seconds", "wait", "done"), [(0.01, forever, False), (60, soon, True), (None, soon, True)]
)
def test_what_takes_too_long_is_cancelled(run, seconds, wait, done):
    async def main():
        assert await limited(seconds, wait) is done
        await anyio.lowlevel.checkpoint()  # nothing of the limit is left behind

    run(main() if run is asyncio.run else main)


def test_a_task_that_is_cancelled_inside_stays_cancelled_and_can_tell():
    told = []

    async def wait():
        try:
            await forever()
        except asyncio.CancelledError as error:
            told.append(passed(error))
            raise

    async def main():
        task = asyncio.create_task(limited(60, wait))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert told == [False]


def test_a_task_that_is_cancelled_as_its_time_is_up_stays_cancelled():
    async def main():
        def both():
            for timer in timers:
                timer._run()
            task.cancel()

        loop: Any = asyncio.get_running_loop()
        task = asyncio.create_task(limited(30, forever))
        await asyncio.sleep(0)
        timers = [timer for timer in loop._scheduled if timer.when() - loop.time() < 31]
        both()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(timers) == 1

    asyncio.run(main())


@pytest.mark.parametrize("seconds", [0.01, 60])
def test_a_scope_around_it_is_heard(seconds):
    """Whichever is first ends the wait; the scope cancels what comes after it, too."""

    async def main():
        with anyio.move_on_after(0.05) as scope:
            first = await limited(seconds, forever)
            assert not first
            await forever()
        assert scope.cancelled_caught

    asyncio.run(main())


def test_limits_stand_within_one_another():
    async def main():
        async def inner():
            assert not await limited(0.01, forever)

        assert await limited(60, inner)
        assert not await limited(0.01, lambda: limited(60, forever))

    asyncio.run(main())


def test_what_fails_inside_is_raised():
    async def fail():
        raise ValueError("as it was")

    async def main():
        with pytest.raises(ValueError, match="as it was"):
            await limited(60, fail)

    asyncio.run(main())


@pytest.mark.parametrize("run", [asyncio.run, trio.run], ids=["asyncio", "trio"])
def test_who_is_cancelled_can_tell_whether_by_the_limit(run):
    told = []

    async def wait():
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class() as error:
            told.append(passed(error))
            raise

    async def main():
        await limited(0.01, wait)
        with anyio.move_on_after(0.01):
            await wait()

    run(main) if run is trio.run else run(main())
    assert told == [True, True]
