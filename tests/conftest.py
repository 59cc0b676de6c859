"""Plugins and fixtures for every test."""

import gc

# Tests that run pytest inside of this process forget what is first imported there. What is imported
# a second time then is not the same: of a connection made through the other copy of this one no
# attribute is known, and none is used again.
import anyio._backends._asyncio
import anyio._backends._trio  # noqa: F401 - as it says above
import httpcore  # noqa: F401 - httpx keeps classes of it; else as it says above
import pytest
from hypothesis import settings

from tests.effort import ALL, share, thinned

# They need packages that only `make test-frameworks` installs.
collect_ignore = ["frameworks"]

pytest_plugins = ["tests.house.skips", "unillm.testing.pytest_plugin"]

# While one works a look at each property is enough; CI looks longer.
# No deadline: how long an example takes says how busy the machine is.
settings.register_profile("work", max_examples=share(100), deadline=None)
settings.register_profile("ci", deadline=None)
settings.load_profile("ci" if ALL else "work")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Leave out cases that are much like others, unless all are wanted or tests are named."""
    if ALL or config.args != config.getini("testpaths"):
        return
    items[:], left = thinned(items)
    config.hook.pytest_deselected(items=left)


def pytest_collection_finish(session):
    """Keep collections from looking at thousands of tests again and again: a fifth of all time."""
    del session
    gc.collect()
    gc.freeze()
