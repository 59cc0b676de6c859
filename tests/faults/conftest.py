"""The sync run counts the lines that all runs of a fault share."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.name.endswith(("-asyncio]", "-trio]", "-aiohttp]")):
            item.add_marker(pytest.mark.no_cover)
