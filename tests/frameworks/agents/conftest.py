"""Agents that are run over both interfaces, whole and streamed, against the fake."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from agents import Agent, ModelSettings, RunConfig, Runner, function_tool

import unillm
from unillm.integrations.agents import UnillmProvider
from unillm.testing import FakeProvider

MODEL = "unillm/deepseek:deepseek-v4-pro"


@function_tool(name_override="get_weather")
def weather(city: str) -> str:
    """Look up the weather."""
    return f"Sunny in {city}."


@dataclass(frozen=True)
class Way:
    """How an agent is run."""

    fake: FakeProvider
    api: Any
    streamed: bool

    def run(self, asked: Any, *, config: Any = None, client: Any = None, **options: Any) -> Any:
        """Run an agent in a loop of its own, with a client of its own."""
        agent = options.pop("agent", None) or Agent(name="Weather", model=MODEL, tools=[weather])
        settings = config or ModelSettings(preserve_raw_usage=True)

        async def main():
            async with unillm.AsyncClient(providers=[beta(self.fake)], **(client or {})) as made:
                provider = UnillmProvider(made, api=self.api)
                run_config = RunConfig(
                    model_provider=provider, model_settings=settings, tracing_disabled=True
                )
                return await self.ask(agent, asked, run_config=run_config, **options)

        return asyncio.run(main())

    async def ask(self, *args: Any, **options: Any) -> Any:
        """Run an agent to its end."""
        if not self.streamed:
            return await Runner.run(*args, **options)
        result = Runner.run_streamed(*args, **options)
        async for _ in result.stream_events():
            pass
        return result


def beta(fake: FakeProvider, **options: Any) -> unillm.Provider:
    """DeepSeek's own API, where it has strict tools: the SDK makes all of its tools strict."""
    return unillm.Provider("deepseek", base_url=f"{fake.url}/beta", api_key="test", **options)


@pytest.fixture(params=["responses", "chat"])
def api(request: pytest.FixtureRequest) -> str:
    """Over which interface the SDK asks."""
    return request.param


@pytest.fixture(params=[False, True], ids=["whole", "streamed"])
def way(request: pytest.FixtureRequest, fake: FakeProvider, api: str) -> Way:
    """Both interfaces, whole and streamed."""
    return Way(fake, api, request.param)
