"""Plugins and fixtures for every test."""

import gc

from hypothesis import settings

from tests.effort import ALL, share

pytest_plugins = ["tests.house.skips", "unillm.testing.pytest_plugin"]

# While one works a look at each property is enough; CI looks longer.
# No deadline: how long an example takes says how busy the machine is.
settings.register_profile("work", max_examples=share(100), deadline=None)
settings.register_profile("ci", deadline=None)
settings.load_profile("ci" if ALL else "work")


def pytest_collection_finish(session):
    """Keep collections from looking at thousands of tests again and again: a fifth of all time."""
    del session
    gc.collect()
    gc.freeze()
