"""A model of LlamaIndex behind which unillm answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from llama_index.llms.openai_like import OpenAILike

from tests.frameworks.recipes import MODEL, World, world_at
from unillm.integrations.openai import openai_client
from unillm.testing import FakeProvider


def model(world: World, name: str = MODEL, **options: Any) -> OpenAILike:
    """Return the model as the page has it."""
    settings: dict[str, Any] = {
        "openai_client": openai_client(world.client),
        "async_openai_client": openai_client(world.async_client),
        "is_chat_model": True,
        "is_function_calling_model": True,
        "context_window": 1_000_000,
        "max_retries": 0,
        "additional_kwargs": {"stream_options": {"include_usage": True}},
    }
    return OpenAILike(model=name, **{**settings, **options})


@pytest.fixture
def world(fake: FakeProvider) -> Iterator[World]:
    """Clients of a provider as strict as DeepSeek."""
    with world_at(fake) as made:
        yield made


@pytest.fixture
def llm(world: World) -> OpenAILike:
    """The model as the page has it."""
    return model(world)
