"""Cancel a coroutine at its n-th await, and see that nothing of it stays behind."""

# pyright: reportOptionalMemberAccess=false

import asyncio
import contextlib

import anyio
import trio


class Counted:
    """Run a coroutine and call ``cancel`` when it is about to wait for the so-many-th time."""

    def __init__(self, coroutine, number, cancel):
        self.coroutine, self.number, self.cancel = coroutine, number, cancel
        self.waits = 0

    def __await__(self):
        step, answer = self.coroutine.send, None
        while True:
            try:
                waited_for = step(answer)
            except StopIteration as end:
                return end.value
            if self.waits == self.number:
                self.cancel()
            self.waits += 1
            try:
                step, answer = self.coroutine.send, (yield waited_for)
            except BaseException as error:  # noqa: BLE001 - whatever it is, the coroutine gets it
                step, answer = self.coroutine.throw, error


async def cancelled_on_asyncio(coroutine, number, *, again):
    """Cancel at one await, and again while the call cleans up; return how many awaits it had."""
    task = None

    def cancel():
        task.cancel()
        if again:
            asyncio.get_running_loop().call_soon(task.cancel)

    counted = Counted(coroutine, number, cancel)

    async def body():
        return await counted

    task = asyncio.create_task(body())
    with contextlib.suppress(asyncio.CancelledError):
        await task
    for _ in range(50):  # asyncio ends the generators inside httpx in tasks of their own
        if asyncio.all_tasks() == {asyncio.current_task()}:
            break
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return counted.waits


async def cancelled_on_trio(coroutine, number):
    await anyio.wait_all_tasks_blocked()
    tasks = trio.lowlevel.current_statistics().tasks_living
    with trio.CancelScope() as scope:
        counted = Counted(coroutine, number, scope.cancel)
        await counted
    await anyio.wait_all_tasks_blocked()
    assert trio.lowlevel.current_statistics().tasks_living == tasks
    return counted.waits


def run_on(backend, monkeypatch, main, *given):
    """Run a coroutine function on asyncio, on trio, or on asyncio over aiohttp."""
    if backend == "aiohttp":
        monkeypatch.setenv("UNILLM_TRANSPORT", backend)
        backend = "asyncio"
    return anyio.run(main, *given, backend=backend)


def nothing_is_taken(client):
    """Tell whether the transport of a client counts no exchange as open."""
    transport = client._connection.transport()
    if hasattr(transport, "_sessions"):
        sessions = transport._sessions.values()
        return not any(one.open or one.client.connector._acquired for one in sessions)
    pools = [pool._pools for pool in transport._pools.values()]
    return all(len(list(one)) == sum(map(len, one._idle.values())) for one in pools)


async def released(fake):
    """Wait until the server has nothing to do; a connection may be kept."""
    for _ in range(600):
        if fake.in_flight == 0 and fake.connections <= 1:
            return
        await anyio.sleep(0.005)
    assert (fake.connections, fake.in_flight) == (0, 0)
