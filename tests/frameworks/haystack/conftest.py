"""Generators of Haystack behind which unillm answers."""

import os
from collections.abc import Iterator
from typing import Any

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # or it tells a server what ran here

import httpx
import pytest
from haystack.components.generators.chat import OpenAIChatGenerator, OpenAIResponsesChatGenerator
from haystack.utils import Secret

from tests.frameworks.recipes import MODEL, World, world_at
from unillm.integrations.openai import transport
from unillm.testing import FakeProvider

KINDS = {"responses": OpenAIResponsesChatGenerator, "chat": OpenAIChatGenerator}


def generator(world: World, kind: str, name: str = MODEL, **options: Any) -> Any:
    """Return a generator as the page has it."""
    behind = transport(httpx, world.client, world.async_client)
    settings: dict[str, Any] = {
        "api_base_url": "http://unillm.invalid/v1",
        "api_key": Secret.from_token("unillm"),
        "timeout": 600,
        "http_client_kwargs": {"transport": behind},
    }
    return KINDS[kind](model=name, **{**settings, **options})


@pytest.fixture
def world(fake: FakeProvider) -> Iterator[World]:
    """Clients of a provider as strict as DeepSeek."""
    with world_at(fake) as made:
        yield made


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    """Each of the generators in turn: of the Responses API, and of Chat Completions."""
    return request.param


@pytest.fixture
def llm(world: World, kind: str) -> Any:
    """A generator as the page has it."""
    return generator(world, kind)
