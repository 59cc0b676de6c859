"""Plugins and fixtures for every test."""

import gc

pytest_plugins = ["tests.house.skips", "unillm.testing.pytest_plugin"]


def pytest_collection_finish() -> None:
    """Let no collection look at the thousands of collected tests again: many tests collect."""
    gc.collect()
    gc.freeze()
