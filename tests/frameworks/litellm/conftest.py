"""litellm with clients behind which unillm answers."""

import os
from collections.abc import Iterator
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # or it asks for prices when it is imported

import pytest

from tests.frameworks.recipes import MODEL, World, world_at
from unillm.integrations.openai import openai_client
from unillm.testing import FakeProvider


class Asking:
    """Ask litellm as the page does, in each way that there is."""

    def __init__(self, world: World, name: str = MODEL) -> None:
        """Ask a model."""
        self.name = f"openai/{name}"
        self.sync = openai_client(world.client)
        self.asynchronous = openai_client(world.async_client)

    def completion(self, messages: Any, **options: Any) -> Any:
        """Return an answer, or a stream."""
        import litellm

        return litellm.completion(self.name, messages, client=self.sync, **options)

    async def acompletion(self, messages: Any, **options: Any) -> Any:
        """Return an answer, or an async stream."""
        import litellm

        return await litellm.acompletion(self.name, messages, client=self.asynchronous, **options)


@pytest.fixture
def world(fake: FakeProvider) -> Iterator[World]:
    """Clients of a provider as strict as DeepSeek."""
    with world_at(fake) as made:
        yield made


@pytest.fixture
def llm(world: World) -> Asking:
    """litellm as the page has it."""
    return Asking(world)
