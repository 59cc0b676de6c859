"""A model of pydantic-ai whose client knows the fake alone, and tells what it did."""

import pytest

import unillm
from tests.frameworks.conftest import MODEL
from unillm.integrations.pydantic_ai import UnillmModel


@pytest.fixture
def records() -> list[unillm.Record]:
    """What the client's operations told its observer."""
    return []


@pytest.fixture
def asker(deepseek: unillm.Provider, records: list[unillm.Record]) -> unillm.AsyncClient:
    """A client that tries twice, without waiting."""
    return unillm.AsyncClient(
        providers=[deepseek],
        retry=unillm.RetryPolicy(max_attempts=2, first_wait=0.001),
        observers=[records.append],
    )


@pytest.fixture
def model(asker: unillm.AsyncClient) -> UnillmModel:
    """The model that is asked."""
    return UnillmModel(MODEL, client=asker)
