"""LangChain's models for OpenAI and DeepSeek behind which unillm answers."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from langchain_deepseek import ChatDeepSeek
from langchain_openai import ChatOpenAI

from tests.frameworks.recipes import MODEL, World, world_at
from unillm.integrations.openai import transport
from unillm.testing import FakeProvider

URL = "http://unillm.invalid/v1"
KINDS: dict[str, Any] = {
    "responses": lambda **given: ChatOpenAI(base_url=URL, use_responses_api=True, **given),
    "chat": lambda **given: ChatOpenAI(base_url=URL, **given),
    "deepseek": lambda **given: ChatDeepSeek(api_base=URL, **given),
}


def model(world: World, kind: str, name: str = MODEL, **options: Any) -> Any:
    """Return a model as the page has it."""
    behind = transport(httpx, world.client, world.async_client)
    settings = {
        "http_client": httpx.Client(transport=behind),
        "http_async_client": httpx.AsyncClient(transport=behind),
        "stream_chunk_timeout": 0,
    }
    return KINDS[kind](model=name, api_key="unillm", **{**settings, **options})


@pytest.fixture
def world(fake: FakeProvider) -> Iterator[World]:
    """Clients of a provider as strict as DeepSeek."""
    with world_at(fake, rewrite=("tool_choice",)) as made:
        yield made


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    """Each of the models in turn."""
    return request.param


@pytest.fixture
def llm(world: World, kind: str) -> Any:
    """A model as the page has it."""
    return model(world, kind)
