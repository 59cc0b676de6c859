"""Every named fault over the Responses API, without sockets: what a caller gets."""

from __future__ import annotations

import pytest

import unillm
from tests.faults.expected_responses import RESPONSES
from tests.faults.play import ASK, KEY, Played
from tests.faults.test_matrix import check, check_events
from unillm.testing import FakeTransport, faults

HUGE = {"endless-line"}
"""22 million bytes say nothing more over this interface."""
BOX = unillm.Provider("box", base_url="http://box.example/v1", api_key=KEY, api="responses")
CASES = [
    pytest.param(name, streamed, id=f"{name}-{'stream' if streamed else 'body'}")
    for name in faults.names("responses")
    if name not in HUGE
    for streamed in (True, False)
]


def test_every_fault_has_an_expectation():
    assert set(RESPONSES) == set(faults.names("responses"))


@pytest.mark.parametrize(("name", "streamed"), CASES)
def test_fault(name: str, streamed: bool):
    fake, played = FakeTransport(), Played()
    seconds = 0.3 if name == "comments-for-ever" else 20.0
    client = unillm.Client(
        transport=fake,
        providers=[BOX],
        model=f"box:{name}",
        retry=unillm.RetryPolicy(max_attempts=2, first_wait=0, max_wait=0.06),
        timeout=unillm.Timeout(first_token=seconds, idle=seconds),
    )
    try:
        if streamed:
            with client.stream(**ASK) as stream:
                played.events.extend(stream)
                played.response = stream.response
        else:
            played.response = client.chat(**ASK)
    except unillm.UnillmError as error:
        played.error = error
    played.wire = len(fake.requests)
    outcome = RESPONSES[name][0 if streamed else 1]
    check(played, outcome)
    if streamed:
        check_events(played, outcome)
    assert {one.path for one in fake.requests} == {"/v1/responses"}
