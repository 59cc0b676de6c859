"""How the tests of LangChain's chat model are run."""

import pytest

from tests.frameworks.langchain.left_out import NOT_RUN


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Have the suites' async tests run, and what they would measure run once."""
    config.option.asyncio_mode = "auto"
    config.option.benchmark_disable = True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is listed, with a reason: it does not skip, and what else skips fails."""
    left_out = [item for item in items if named(item) in NOT_RUN]
    if left_out:
        items[:] = [item for item in items if named(item) not in NOT_RUN]
        config.hook.pytest_deselected(items=left_out)


def named(item: pytest.Item) -> str:
    """Return class and name of a test, without its parameters."""
    return f"{item.parent and item.parent.name}::{item.name.partition('[')[0]}"
