"""Whatever a provider does, what comes out is an answer or an error of pydantic-ai's."""

import asyncio

import pytest
from pydantic_ai import exceptions as theirs
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition

import unillm
from tests.frameworks.pydantic_ai.test_answers import BOTH, agent, streamed
from unillm.integrations.pydantic_ai import UnillmModel
from unillm.integrations.pydantic_ai.answer import response_of
from unillm.testing import FakeProvider, faults

SLOW = ("stall", "slow", "endless", "for-ever", "pause", "responses-", "comments", "huge")
NAMES = [name for name in faults.names() if not any(word in name for word in SLOW)]


SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city"],
}
TOOLS = [ToolDefinition(name="get_weather", parameters_json_schema=SCHEMA)]
PARAMETERS = ModelRequestParameters(function_tools=TOOLS)
ASKED = [ModelRequest.user_text_prompt("Weather in Paris?")]


@pytest.fixture
def box():
    with FakeProvider() as fake:
        yield fake


def client_of(box):
    provider = unillm.Provider("box", base_url=box.base_url)
    once = unillm.RetryPolicy(max_attempts=1)
    return unillm.AsyncClient(providers=[provider], retry=once, timeout=5)


@BOTH
def test_every_fault(box, stream):
    client = client_of(box)
    calls, escaped, causeless = [], {}, []

    async def main():
        for name in NAMES:
            box.clear()
            box.enqueue(*[faults.get(name)] * 4)
            one = agent(UnillmModel("box:m", client=client), calls)
            try:
                await (streamed(one, "Weather in Paris?") if stream else one.run("Weather?"))
            except theirs.ModelAPIError as error:
                if not isinstance(error.__cause__, unillm.UnillmError):
                    causeless.append(name)
            except (theirs.AgentRunError, theirs.UserError):
                pass  # no usable answer came, as often as pydantic-ai asked
            except Exception as error:  # noqa: BLE001 - which one it is, is the question
                escaped[name] = repr(error)
        await client.close()

    asyncio.run(main())
    assert (escaped, causeless) == ({}, [])
    assert len(NAMES) > 200


def test_what_the_events_make_is_what_the_answer_is(box):
    client, whole, different = client_of(box), [], {}

    async def main():
        model = UnillmModel("box:m", client=client)
        for name in NAMES:
            box.clear()
            box.enqueue(faults.get(name))
            try:
                async with model.request_stream(ASKED, None, PARAMETERS) as stream:
                    async for _ in stream:
                        pass
            except (theirs.AgentRunError, theirs.UserError):
                continue
            made, meant = stream.get(), response_of(stream.stream.response)
            whole.append(name)
            if (made.parts, made.usage, made.finish_reason, made.provider_details) != (
                meant.parts,
                meant.usage,
                meant.finish_reason,
                meant.provider_details,
            ):
                different[name] = (made, meant)
        await client.close()

    asyncio.run(main())
    assert different == {}
    assert len(whole) > 80
