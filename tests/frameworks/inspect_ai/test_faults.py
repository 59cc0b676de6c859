"""Whatever a provider does, what comes out is an output or an error of unillm's."""

import asyncio

import pytest
from inspect_ai.model import ChatMessageUser, GenerateConfig, ModelOutput

import unillm
from tests.frameworks.inspect_ai.test_generate import WEATHER
from unillm.integrations.inspect_ai import UnillmAPI
from unillm.testing import FakeProvider, faults

SLOW = ("stall", "slow", "endless", "for-ever", "pause", "responses-", "comments", "huge")
NAMES = [name for name in faults.names() if not any(word in name for word in SLOW)]


@pytest.fixture
def box():
    with FakeProvider() as fake:
        yield fake


def test_every_fault(box):
    retry = unillm.RetryPolicy(max_attempts=1)
    provider = unillm.Provider("box", base_url=box.base_url)
    client = unillm.AsyncClient(providers=[provider], retry=retry, timeout=5)
    api = UnillmAPI("box:m", client=client)
    user = ChatMessageUser(content="Weather in Paris?")
    odd, ended = {}, set()

    async def main():
        for name in NAMES:
            box.clear()
            box.enqueue(faults.get(name))
            output, call = await api.generate([user], [WEATHER], "auto", GenerateConfig())
            ended.add(type(output))
            call.model_dump_json()
            if isinstance(output, ModelOutput):
                output.model_dump_json()
            elif not isinstance(output, unillm.UnillmError) or not call.error:
                odd[name] = repr(output)
        await client.close()

    asyncio.run(main())
    assert odd == {}
    assert len(NAMES) > 200
    assert len(ended) > 5
