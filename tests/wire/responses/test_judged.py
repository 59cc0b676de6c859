"""The recordings are what OpenAI's own package describes; it is the judge, and no part of ours."""

from __future__ import annotations

import json

import pytest

from tests.testing.oracle import complaints
from tests.wire.responses.sending import OURS

OPENAI = [recording for recording in OURS if recording.name.startswith("openai/")]


@pytest.mark.parametrize("recording", OPENAI, ids=lambda r: r.name)
def test_every_event_is_one_of_the_api(recording):
    if not recording.streamed:
        assert complaints(json.loads(recording.body)) == []
        return
    blocks = recording.body.decode().strip().split("\n\n")
    told = [json.loads(block.partition("data: ")[2]) for block in blocks]
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    for event in told:
        # Random characters that hide lengths, sent unless asked not to (StreamOptions of the
        # same package); its events do not list them.
        event.pop("obfuscation", None)
    assert [complaint for event in told for complaint in complaints(event)] == []
