"""A model of inspect_ai whose client knows the fake alone, and a place for its logs."""

import gc
from collections.abc import Iterator

import pytest
from inspect_ai.model import Model

import unillm
from tests.frameworks.conftest import MODEL
from unillm.integrations.inspect_ai import unillm_model


def pytest_configure(config: pytest.Config) -> None:
    """Leave inspect_ai its own leaks: it has them with every model, ``mockllm/model`` too."""
    config.addinivalue_line("filterwarnings", "ignore:Unclosed <MemoryObject:ResourceWarning")


@pytest.fixture(autouse=True, scope="session")
def collected() -> Iterator[None]:
    """Collect those leaks while they are left to it: at the end of all, nothing leaves them."""
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep logs and data out of the checkout, and the display quiet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INSPECT_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("INSPECT_DISPLAY", "none")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


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
def model(asker: unillm.AsyncClient) -> Model:
    """The model that is asked."""
    return unillm_model(MODEL, asker)
