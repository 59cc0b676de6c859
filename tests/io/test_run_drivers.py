"""What a driver of runs makes of an effect it does not know."""

# pyright: reportArgumentType=false

import anyio
import pytest

from unillm._flow.effects import Now
from unillm._flow.progress import Progress
from unillm._io.ongoing import Means
from unillm._io.run_driver import RunDriver
from unillm._io.run_driver_async import AsyncRunDriver
from unillm.types.messages import UserMessage


def parts():
    def flow():
        yield Now()

    means = Means(open=lambda _: pytest.fail("no turn was asked for"))
    return flow(), Progress(history=[UserMessage("Hi")]), means


def test_an_effect_that_nobody_performs_is_told_to_whoever_wrote_it():
    driver = RunDriver(*parts())
    with pytest.raises(NotImplementedError, match="Now"):
        driver.run()
    assert driver.ongoing.over


def test_the_same_on_asyncio():
    async def main():
        driver = AsyncRunDriver(*parts())
        with pytest.raises(NotImplementedError, match="Now"):
            await driver.run()
        return driver.ongoing.over

    assert anyio.run(main)
