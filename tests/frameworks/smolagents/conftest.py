"""A model of smolagents behind which unillm answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from smolagents import OpenAIModel

from tests.frameworks.recipes import MODEL, World, world_at
from unillm.integrations.openai import openai_client
from unillm.testing import FakeProvider


def model(world: World, name: str = MODEL, **options: Any) -> OpenAIModel:
    """Return the model as the page has it."""
    settings: dict[str, Any] = {"client": openai_client(world.client), "retry": False}
    return OpenAIModel(name, **{**settings, **options})


@pytest.fixture
def world(fake: FakeProvider) -> Iterator[World]:
    """Clients of a provider as strict as DeepSeek, which takes no call that is demanded."""
    with world_at(fake, rewrite=("tool_choice",)) as made:
        yield made


@pytest.fixture
def llm(world: World) -> OpenAIModel:
    """The model as the page has it."""
    return model(world)
