"""No secret is written, in whatever wrapping it came."""

import base64
import html
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unillm
from tests.client.ways import ONCE
from tests.wire.profile import examples
from unillm.testing import Answer, Raw, recording
from unillm.testing._tape.redaction import HIDDEN, Redactor
from unillm.testing._tape.taped import Asked, Failure, Piece, Taped, Told
from unillm.testing._tape.text import write

KEY = 'k+7/"quoted"\\and<odd>=9Zq'
"""A key with everything in it that some wrapping escapes."""

ORGANISATION = "my-company-ltd"


def asked(**fields) -> Asked:
    known = {"method": "POST", "url": "https://x.example/v1", "headers": {}, "body": b""}
    return Asked(**{**known, **fields})


def knowing(key: str) -> Redactor:
    redactor = Redactor()
    redactor.learn(asked(headers={"authorization": f"Bearer {key}"}))
    return redactor


WRAPPINGS = {
    "as it is": lambda key: key,
    "JSON": json.dumps,
    "JSON in JSON": lambda key: json.dumps(json.dumps(json.dumps(key))),
    "JSON, all escaped": lambda key: "".join(f"\\u{ord(c):04X}" for c in key),
    "PHP's JSON": lambda key: json.dumps(key).replace("/", "\\/"),
    "URL": lambda key: urllib.parse.quote(key, safe=""),
    "URL, form": urllib.parse.quote_plus,
    "URL, all escaped": lambda key: "".join(f"%{ord(c):02x}" for c in key),
    "URL twice": lambda key: urllib.parse.quote(urllib.parse.quote(key, safe=""), safe=""),
    "HTML": lambda key: "".join(f"&#{ord(c)};" for c in key),
    "HTML, hex": lambda key: "".join(f"&#x{ord(c):02X};" for c in key),
    "HTML, names": html.escape,
    "hex": lambda key: key.encode().hex(),
    "HEX": lambda key: key.encode().hex().upper(),
    "UTF-16": lambda key: key.encode("utf-16-le").decode("latin-1"),
    "repr": repr,
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_key_is_found_in_any_wrapping(wrapping):
    wrapped = WRAPPINGS[wrapping](KEY)
    text = knowing(KEY).text(f'{{"message": "bad key {wrapped}!"}}')
    assert wrapped.strip("\"'") not in text
    assert HIDDEN in text
    assert text.startswith('{"message": "bad key ')
    assert text.endswith('!"}')


def test_a_password_and_a_cookie_are_keys_too():
    code = base64.b64encode(b"ada:open-sesame").decode()
    headers = {"authorization": f"Basic {code}", "cookie": "a=1; sid=sesame-street"}
    redactor = Redactor()
    redactor.learn(asked(headers={**headers, "proxy-authorization": "Basic nonsense"}))
    text = f"{code}, open-sesame, sesame-street, a=1"
    assert redactor.text(text) == f"{HIDDEN}, {HIDDEN}, {HIDDEN}, a=1"


def test_what_is_nearly_the_key_takes_no_time():
    key = KEY * 8
    assert knowing(key).text(f"{key[:-1]}?" * 50) == f"{key[:-1]}?" * 50


@examples(100)
@given(st.text("abcXYZ019+/=-_.~", min_size=8, max_size=40), st.binary(max_size=9))
def test_a_key_is_found_inside_base64(key, around):
    text = base64.b64encode(around + key.encode() + around).decode()
    for sent in (text, text.replace("+", "-").replace("/", "_")):
        hidden = knowing(key).text(sent)
        assert HIDDEN in hidden
        # What is left beside it are the bits that a key shares with its neighbours.
        left = len(hidden.replace(HIDDEN, "").rstrip("="))
        assert left <= len(base64.b64encode(around + around)) + 8


@examples(100)
@given(st.data(), st.text('abcXYZ019+/=-_.~"\\', min_size=8, max_size=30))
def test_a_key_that_is_spread_over_reads_is_found(data, key):
    body = f'data: {{"message": "no {key}"}}\n\ndata: [DONE]\n\n'.encode()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(body) - 1), max_size=5)))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    told = Told(status=401, pieces=tuple(map(Piece, pieces)), end="end")
    hidden = knowing(key).taped(Taped(asked=asked(), told=told))
    assert key.encode() not in hidden.told.body
    assert hidden.told.body == body.replace(key.encode(), HIDDEN.encode())


def test_the_edges_of_reads_are_kept_where_no_secret_lies_across_one():
    pieces = (Piece(b"data: one\n"), Piece(b"\ndata: " + b"sk-live-0123456789abcdef"), Piece(b"\n"))
    hidden = Redactor().taped(Taped(asked=asked(), told=Told(status=200, pieces=pieces)))
    assert [piece.data for piece in hidden.told.pieces] == [b"data: one\n", b"\ndata: ***", b"\n"]


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-Ab3dEf6hIj9LmN0pQr",
        "gsk_0123456789abcdefghij",
        "hf_abcdefghijklmnop1234",
        "AIzaSyA0123456789abcdefghijklmnopqrstuv",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "org-AbCdEf0123456789abcdefgh",
        "proj_AbCdEf0123456789abcdefgh",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text):
    assert Redactor().text(f"in {text}, on tokens") == f"in {HIDDEN}, on tokens"


@pytest.mark.parametrize(
    "text",
    [
        '{"api_key": "%s"}',
        '{"error": {"password" : "%s"}}',
        '{"arguments": "{\\"access_token\\": \\"%s\\"}"}',
        "Authorization: Bearer %s",
    ],
)
def test_a_field_that_says_so_is_hidden(text):
    assert Redactor().text(text % "open-sesame") == text % HIDDEN


@pytest.mark.parametrize(
    "text",
    [
        '{"key_findings_of_the_report": 1}',
        '{"token": "Hello", "logprob": -0.1}',
        '{"max_tokens": 100, "keys": ["a"]}',
        "the bearer of bad news; a task-oriented-approach-to-things-2; risk-adjusted-return-2026",
        '{"name": "sk-learn-pipeline"}',
        '{"properties": {"password": {"type": "string"}}}',
    ],
)
def test_ordinary_words_are_left_alone(text):
    assert Redactor().text(text) == text


SECRET_HEADERS = [
    *("authorization", "proxy-authorization", "api-key", "x-api-key", "x-goog-api-key", "cookie"),
    *("set-cookie", "openai-organization", "openai-project", "x-auth-token", "x-session-id"),
    *("x-amz-security-token", "cf-access-client-secret", "x-project-id"),
]
OPEN_HEADERS = ["content-type", "x-request-id", "x-ratelimit-remaining-tokens", "retry-after"]


def test_headers_are_hidden_by_name():
    sent = dict.fromkeys([*SECRET_HEADERS, *OPEN_HEADERS], "a-value-here")
    told = Told(status=200, headers=sent)
    hidden = Redactor().taped(Taped(asked=asked(headers=sent), told=told))
    for headers in (hidden.asked.headers, hidden.told.headers):
        assert {name for name, value in headers.items() if value == HIDDEN} == set(SECRET_HEADERS)


def test_the_query_and_the_user_of_a_url_are_hidden():
    url = "https://me:pass@x.example/v1?api-key=abc&api_version=2&sig=%2Fx"
    hidden = Redactor().asked(asked(url=url)).url
    assert hidden == "https://***@x.example/v1?api-key=***&api_version=2&sig=***"


def test_what_a_transport_said_is_hidden():
    failure = Failure(kind="ConnectError", message=f"refused {KEY}", retryable=True)
    told = Told(end="raise", failure=failure)
    assert KEY not in write([knowing(KEY).taped(Taped(asked=asked(), told=told))])


def echoing(key: str, seen_headers=()) -> Raw:
    code = base64.b64encode(f"user:{key}".encode()).decode()
    fields = {
        "error": {
            "message": f"Incorrect API key provided: {key}. In {ORGANISATION}",
            "seen": [json.dumps({"authorization": f"Bearer {key}"}), code],
            "url": f"https://x/?k={urllib.parse.quote(key, safe='')}",
        }
    }
    return Raw.of_json(fields, status=401, headers={"set-cookie": "sid=0123456789", "x-echo": key})


async def test_the_key_is_nowhere_in_the_file(way, fake, tmp_path):
    key = "sunny/Weather+8841=="
    fake.enqueue(echoing(key), Answer(f"Your key is {key}"), Answer(f"Again: {key}"))
    path = tmp_path / "r.tape"
    async with (
        recording(path) as rec,
        way.client(
            fake,
            transport=rec.transport if way.is_sync else rec.async_transport,
            retry=ONCE,
            providers=[unillm.Provider("fake", base_url=fake.base_url, api_key=key)],
            extra_headers={"openai-organization": ORGANISATION, "x-api-key": f"{key}2"},
            extra_query={"api-key": f"{key}3"},
        ) as client,
    ):
        with pytest.raises(unillm.AuthenticationError):
            await client.chat("Hi")
        await client.chat(f"My key is {key}")
        async with client.stream("Again") as stream:
            assert [event async for event in stream]
    data = path.read_bytes()
    assert fake.requests[0].headers["authorization"] == f"Bearer {key}"
    forms = [
        *(way(key).strip("\"'") for way in WRAPPINGS.values()),
        *(base64.b64encode(bytes(n) + key.encode()).decode()[4:-4] for n in range(3)),
        *(ORGANISATION, "sid=0123456789"),
    ]
    assert [form for form in forms if form.encode() in data] == []
    assert data.count(HIDDEN.encode()) > 10


async def test_the_user_hides_more_and_it_still_matches(way, fake, tmp_path):
    def redact(text: str) -> str:
        return text.replace("Ada Lovelace", "NAME")

    for mode in ("record", "replay"):
        async with recording(tmp_path / "r.tape", mode, redact=redact) as rec:
            transport = rec.transport if way.is_sync else rec.async_transport
            client = way.client(fake, transport=transport)
            response = await client.chat("Write to Ada Lovelace.")
            expected = "Ada Lovelace" if mode == "record" else "NAME"
            assert response.text == f"You said: Write to {expected}."
    assert "Lovelace" not in (tmp_path / "r.tape").read_text()
