"""The async face is the sync one with ``await``."""

# pyright: reportArgumentType=false, reportOptionalMemberAccess=false

import inspect
import re

import pytest

import unillm

TWINS = [
    (unillm.Client, unillm.AsyncClient),
    (unillm.Stream, unillm.AsyncStream),
    (unillm.Rows, unillm.AsyncRows),
    (unillm.ParsedStream, unillm.AsyncParsedStream),
    (unillm.RunStream, unillm.AsyncRunStream),
]
SPECIAL = {
    "__enter__": "__aenter__",
    "__exit__": "__aexit__",
    "__iter__": "__aiter__",
    "__next__": "__anext__",
}
AWAITED = {
    *("chat", "parse", "run", "models", "balance", "budgets", "complete", "close", "collect"),
    *("__enter__", "__exit__", "__next__"),
}


def members(kind):
    shown = {*SPECIAL, *SPECIAL.values(), "__init__", "__repr__"}
    return {
        name: member
        for name, member in vars(kind).items()
        if name in shown or not name.startswith("_")
    }


def synced(text):
    """Say of the sync twin what is said of the async one."""
    text = (text or "").replace("``async with``", "``with``").replace("async with", "with")
    text = text.replace(" | AsyncIterable[Any]", "")
    text = re.sub(r"\bAsync(?=[A-Z])", "", text)
    return text.replace("an ``with``", "a ``with``")


def pairs():
    for sync, other in TWINS:
        theirs = members(other)
        for name, member in members(sync).items():
            twin = SPECIAL.get(name, name)
            yield pytest.param(member, theirs.get(twin), id=f"{sync.__name__}.{name}")


@pytest.mark.parametrize("twins", TWINS, ids=lambda twins: twins[0].__name__)
def test_the_twins_have_the_same_members(twins):
    sync, other = (members(kind) for kind in twins)
    assert {SPECIAL.get(name, name) for name in sync} == set(other)


def plain(member):
    return member.fget if isinstance(member, property) else getattr(member, "__func__", member)


@pytest.mark.parametrize(("sync", "other"), list(pairs()))
def test_the_members_of_the_twins_are_alike(sync, other):
    assert type(sync) is type(other)
    sync, other = plain(sync), plain(other)
    assert synced(sync.__doc__) == synced(other.__doc__)
    assert bool(sync.__doc__) or sync.__name__ == "__init__"
    assert synced(str(inspect.signature(sync))) == synced(str(inspect.signature(other)))
    assert inspect.iscoroutinefunction(other) is (sync.__name__ in AWAITED)
    assert not inspect.iscoroutinefunction(sync)


@pytest.mark.parametrize("twins", TWINS, ids=lambda twins: twins[0].__name__)
def test_the_twins_are_described_alike(twins):
    def described(kind):
        text = synced(inspect.getdoc(kind))
        # where they run differs
        text = re.sub(r" (Safe to share between threads|Runs on asyncio and trio)\.", "", text)
        return text.replace("an ``httpx.", "``httpx.").replace("An ``httpx.", "``httpx.")

    sync, other = (described(kind) for kind in twins)
    assert sync == other
