"""The last operations."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

import unillm
from tests.gateway.conftest import MODEL, client_of, run
from unillm.gateway import kept as room
from unillm.gateway.kept import Kept
from unillm.testing import Answer, AsyncFakeTransport, FakeCall, Raw, faults
from unillm.types.record import Record

TOOL = unillm.Tool(
    "write",
    parameters={
        "type": "object",
        "properties": {"path": {"type": "string"}},
        "required": ["path"],
    },
)


def observed(fake: AsyncFakeTransport, kept: Kept, *replies: Any, **options: Any) -> list[Record]:
    """Make one call for each reply; return the records of them."""
    records: list[Record] = []

    async def body() -> None:
        observers = [kept.observe, records.append]
        async with client_of(fake, observers=observers) as client:
            for reply in replies:
                fake.enqueue(reply)
                with suppress(unillm.UnillmError):
                    await client.chat("My secret prompt", model=MODEL, **options)

    run(body)
    return records


def test_an_operation_is_told_without_what_was_said(fake: AsyncFakeTransport) -> None:
    kept = Kept()
    call = FakeCall("write", "{'path': 'a secret path'}")
    (record,) = observed(
        fake,
        kept,
        Answer("A secret answer", tool_calls=[call]),
        tools=[TOOL],
        session="s-1",
        tags={"agent": "goose"},
    )
    told = kept.find(record.operation)
    assert told is not None
    assert "secret" not in json.dumps(told)
    assert (told["id"], told["outcome"], told["error"]) == (record.operation, "ok", None)
    assert (told["session"], told["agent"]) == ("s-1", "goose")
    assert Decimal(told["cost"]["total"]) == record.cost.total
    assert told["cost"]["state"] == "exact"
    assert told["repairs"]["edits"] >= 1
    assert sum(told["repairs"]["by_rule"].values()) == told["repairs"]["edits"]
    assert told["repairs"]["calls"] == 1
    assert told["usage"]["output_tokens"] > 0
    assert [attempt["number"] for attempt in told["attempts"]] == [1]


def test_what_a_provider_said_of_the_prompt_is_not_told(fake: AsyncFakeTransport) -> None:
    kept = Kept()
    body = {"error": {"message": "cannot read 'My secret prompt'"}}
    (record,) = observed(fake, kept, Raw.of_json(body, status=400))
    told = kept.find(record.operation)
    assert told is not None
    assert "secret" in str(record.error)
    assert "secret" not in json.dumps(told)
    assert (told["outcome"], told["error"]) == ("error", "BadRequestError")
    assert told["attempts"][0]["error"] == "BadRequestError"
    assert told["attempts"][0]["status"] == 400


def test_attempts_that_failed_are_told(fake: AsyncFakeTransport) -> None:
    kept = Kept()

    async def body() -> None:
        async with client_of(
            fake, observers=[kept.observe], retry=unillm.RetryPolicy(max_wait=0.01)
        ) as client:
            fake.enqueue(faults.get("cut-in-text"))
            await client.chat("Hi", model=MODEL)

    run(body)
    (operation,) = kept._told
    told = kept.find(operation)
    assert told is not None
    assert [attempt["outcome"] for attempt in told["attempts"]] == ["error", "ok"]
    assert told["attempts"][1]["role"] == "retry"


def test_what_is_under_way_is_pending_until_it_is_over(fake: AsyncFakeTransport) -> None:
    kept = Kept()
    kept.begin("under way", session="s", agent="pi")
    assert kept.get("under way") == {
        "object": "unillm.operation",
        "id": "under way",
        "outcome": "pending",
        "session": "s",
        "agent": "pi",
    }
    (record,) = observed(fake, kept, "Hello")
    kept.begin(record.operation, session="s", agent="pi")
    told = kept.get(record.operation)
    assert told is not None
    assert told["outcome"] == "ok"
    assert kept.find("never heard of") is None


def test_the_eldest_are_forgotten(
    fake: AsyncFakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST", 2)
    kept = Kept()
    first, *others = observed(fake, kept, "a", "b", "c")
    assert kept.find(first.operation) is None
    assert all(kept.find(record.operation) is not None for record in others)


def test_what_is_forgotten_is_looked_up_in_the_ledger(
    fake: AsyncFakeTransport, tmp_path: Any
) -> None:
    path = tmp_path / "ledger.db"
    remembered = Kept()

    async def body() -> None:
        async with client_of(fake, ledger=str(path), observers=[remembered.observe]) as client:
            await client.chat("My secret", model=MODEL, session="s-1", tags={"agent": "pi"})

    run(body)
    (operation,) = remembered._told
    with unillm.Ledger(path) as ledger:
        kept = Kept(ledger.operation)
        told, before = kept.find(operation), remembered.find(operation)
        assert kept.find("never heard of") is None
    assert told is not None
    assert before is not None
    assert told.keys() == before.keys()
    same = ("id", "outcome", "error", "model", "provider", "session", "agent", "usage")
    assert [told[name] for name in same] == [before[name] for name in same]
    assert Decimal(told["cost"]["total"]) == Decimal(before["cost"]["total"])
