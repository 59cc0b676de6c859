"""Each fault is on the wire as its name says."""

import gzip
import json
import re
import time

import httpx
import pytest

from tests.testing.fault_marks import BODIES, STREAMS
from tests.testing.test_fault_ends import SEEN
from tests.testing.wire import WEATHER, ask, connect, read, request, segments_in
from unillm.testing import faults

GRID = re.compile(
    rf"({'|'.join(SEEN)})-(in|before|after)-"
    r"(text|event|head|arguments|utf8|line|body|finish)"
)
BROKEN = re.compile(
    r"arguments-(trailing-quotes|two-objects|cut|missing-brace|single-quotes|python-literals|"
    r"trailing-comma|fenced|inner-quotes|raw-newline|empty|encoded-twice|not-a-number|"
    r"repeated-key|list|wrapped|key-case|number-as-text|as-code|empty-first|same-twice)"
)
SOUND_JSON = {"encoded-twice", "repeated-key", "list", "wrapped", "key-case", "number-as-text"}
ALONE = {"gzip-body", "byte-by-byte", "huge-event", "endless-line", "endless-stream"}
QUIET = re.compile(r"stall")
LONG = {"comments-for-ever": 200}
SLOW = {"slow-head": 0.2, "slow-body": 0.18, "slow-first-token": 0.2}


def take(fake, name, **fields):
    quiet = 0.01 if QUIET.search(name) else 5.0
    return ask(fake, quiet=quiet, enough=LONG.get(name, 1 << 30), model=name, **fields)


def marked(wire, marks):
    text = (wire.head + "\r\n\r\n" + wire.text).replace('"', "'")
    text = text if "\r\n\r\n" in wire.raw.decode("latin-1") else wire.raw.decode("latin-1")
    return [mark for mark in marks if (mark[1:] in text if mark[:1] == "!" else mark not in text)]


def test_every_fault_is_looked_at():
    looked_at = {*STREAMS, *ALONE}
    left = [
        name
        for name in faults.names("chat")
        if not re.fullmatch(rf"{GRID.pattern}|{BROKEN.pattern}|status-\d+|redirect-\d+", name)
    ]
    assert sorted(looked_at) == left


@pytest.mark.slow  # tests/faults serves each of them too, to a client
@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("name", [name for name in faults.names("chat") if name not in ALONE])
def test_a_fault_is_served_without_a_complaint(fake_provider, caplog, name, stream):
    start = time.monotonic()
    wire = take(fake_provider, name, stream=stream)
    assert time.monotonic() - start >= SLOW.get(name, 0)
    assert wire.raw or "-before-head" in name
    assert fake_provider.connections == fake_provider.in_flight == 0
    told = [
        record for record in caplog.records if " took " not in record.msg
    ]  # asyncio's debug mode
    assert told == []
    if stream and name in STREAMS:
        assert marked(wire, STREAMS[name]) == []
    if not stream and name in BODIES:
        assert marked(wire, BODIES[name]) == []


def test_a_fault_says_in_a_line_what_is_seen():
    for name in faults.names():
        fault = faults.get(name)
        assert repr(fault) == f"Fault(name={name!r}, summary={fault.summary!r})"
        assert re.fullmatch(r"[^a-z\n].{10,120}\.", fault.summary)


def test_a_bad_chunk_breaks_the_framing(fake_provider):
    wire = take(fake_provider, "bad-chunk-size", stream=True)
    assert (wire.whole, wire.raw.endswith(b"zz\r\noops\r\n")) == (False, True)


@pytest.mark.parametrize("name", [name for name in faults.names("chat") if BROKEN.fullmatch(name)])
def test_broken_arguments_are_the_same_in_both_forms(fake_provider, name):
    streamed = take(fake_provider, name, stream=True).events
    calls = [
        call
        for event in streamed[:-1]
        for call in event["choices"][0]["delta"].get("tool_calls", [])
    ]
    body = take(fake_provider, name).json["choices"][0]["message"]["tool_calls"][0]
    arguments = "".join(call["function"]["arguments"] for call in calls)
    assert arguments == body["function"]["arguments"]
    strict = json.JSONDecoder(parse_constant=lambda text: [][int(text, 36)])
    if name.removeprefix("arguments-") in SOUND_JSON:
        assert strict.decode(arguments)
    else:
        with pytest.raises((json.JSONDecodeError, IndexError)):
            strict.decode(arguments)


@pytest.mark.parametrize("status", [300, 404, 418, 599])
def test_every_status_has_a_name(fake_provider, status):
    wire = take(fake_provider, f"status-{status}")
    assert wire.status == status
    assert set(wire.json["error"]) == {"message", "type", "param", "code"}


def test_not_modified_has_no_body(fake_provider):
    wire = take(fake_provider, "status-304")
    assert (wire.status, wire.raw.endswith(b"\r\n\r\n")) == (304, True)


@pytest.mark.parametrize("name", ["status-200", "status-600", "status-4040", "nonsense", ""])
def test_an_unknown_name_is_a_key_error(name):
    with pytest.raises(KeyError, match="no fault"):
        faults.get(name)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_to_another_host_that_answers(fake_provider, status):
    asked = {"model": f"redirect-{status}", "messages": [WEATHER]}
    url = fake_provider.base_url + "/chat/completions"
    response = httpx.post(url, verify=False, json=asked, headers={"authorization": "Bearer k"})
    assert response.status_code == status
    there = response.headers["location"]
    assert there == f"http://localhost:{fake_provider.port}/redirected/v1/chat/completions"
    assert "sunny" in httpx.post(there, verify=False, json=asked).text


@pytest.mark.parametrize("stream", [True, False])
def test_gzip(fake_provider, stream):
    wire = take(fake_provider, "gzip-body", stream=stream)
    assert "content-encoding: gzip" in wire.head
    assert b"sunny" in gzip.decompress(wire.body)


def test_every_byte_is_a_segment_of_its_own(fake_provider):
    with connect(fake_provider) as sock:
        sock.sendall(request({"model": "byte-by-byte", "stream": True, "messages": []}))
        wire = read(sock)
        assert segments_in(sock) > 50  # a kernel joins what it may not send yet
    chunks = wire.raw.partition(b"\r\n\r\n")[2]
    assert re.fullmatch(rb"(1\r\n.\r\n)+0\r\n\r\n", chunks, re.DOTALL)
    assert b"".join(re.findall(rb"1\r\n(.)\r\n", chunks, re.DOTALL)).endswith(b"data: [DONE]\n\n")


def test_a_result_is_refused_when_the_reasoning_stays_behind(fake_provider):
    first = take(fake_provider, "reasoning-demanded").json["choices"][0]["message"]
    result = {"role": "tool", "tool_call_id": first["tool_calls"][0]["id"], "content": "Sunny."}
    bare = {key: value for key, value in first.items() if key != "reasoning_content"}
    told = take(fake_provider, "reasoning-demanded", messages=[WEATHER, first, result])
    refused = take(fake_provider, "reasoning-demanded", messages=[WEATHER, bare, result])
    assert (told.status, refused.status) == (200, 400)
    assert "must be passed back" in refused.text


def test_a_huge_event_is_larger_than_20_megabytes(fake_provider):
    wire = take(fake_provider, "huge-event", stream=True)
    first, rest = wire.body.split(b"\n\n", 1)
    assert len(first) > 20 * 1024 * 1024
    assert rest.endswith(b"data: [DONE]\n\n")
    assert len(json.loads(first.removeprefix(b"data: "))["choices"][0]["delta"]["content"]) > 2e7


def test_an_endless_line_has_no_end(fake_provider):
    body = take(fake_provider, "endless-line", stream=True).body
    assert (len(body) > 2e7, b"\n" in body) == (True, False)


def test_an_endless_stream_never_finishes(fake_provider):
    events = take(fake_provider, "endless-stream", stream=True).events
    assert len(events) == 10_001
    assert {event["choices"][0]["finish_reason"] for event in events} == {None}
    for name in ("huge-event", "endless-line", "endless-stream"):
        assert take(fake_provider, name).status == 200
