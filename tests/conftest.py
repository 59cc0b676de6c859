"""Plugins and fixtures for every test."""

import gc

pytest_plugins = ["tests.house.skips", "unillm.testing.pytest_plugin"]


def pytest_collection_finish(session):
    """Keep collections from looking at thousands of tests again and again: a fifth of all time."""
    del session
    gc.collect()
    gc.freeze()
