"""What finds its recorded answer, what does not, and what is said then."""

import pytest

import unillm
from tests.client.ways import QUICK, server
from unillm.testing import FakeProvider, RecordingError, recording
from unillm.testing._tape.match import differing
from unillm.testing._tape.taped import Asked

HELLO, BYE = "You said: Hello", "You said: Bye"


@pytest.fixture
def path(tmp_path, fake):
    """Record two questions."""
    with recording(tmp_path / "weather.tape", "record") as rec:
        client = client_of(rec, fake)
        client.chat("Hello", temperature=0.5)
        client.chat("Bye", model="fake:other", temperature=0.5)
    return tmp_path / "weather.tape"


def client_of(rec, fake=None, **options):
    where = fake or "http://127.0.0.1:9/v1"
    provider = server(fake) if fake else server(base_url=where)
    options = {"model": "fake:some", "retry": QUICK, **options}
    return unillm.Client(providers=[provider], transport=rec.transport, **options)


def both(rec, **options):
    client = client_of(rec, **options)
    return (
        client.chat("Hello", temperature=0.5).text,
        client.chat("Bye", model="fake:other", temperature=0.5).text,
    )


def test_the_order_does_not_matter_unless_it_is_asked_for(path):
    with recording(path, "replay") as rec:
        client = client_of(rec)
        assert client.chat("Bye", model="fake:other", temperature=0.5).text == BYE
        assert client.chat("Hello", temperature=0.5).text == HELLO
    with recording(path, "replay", in_order=True) as rec:
        assert both(rec) == (HELLO, BYE)
    with recording(path, "replay", in_order=True, allow_unused=True) as rec:
        with pytest.raises(RecordingError, match=r"next one is number 1 of 2.*differs in body"):
            client_of(rec).chat("Bye", model="fake:other", temperature=0.5)
        rec.abandon()


def test_a_difference_is_shown(path):
    rec = recording(path, "replay")
    with pytest.raises(RecordingError) as caught:
        client_of(rec).chat("Hello!", temperature=0.5, extra_query={"v": "2"})
    said = str(caught.value)
    assert "number 1 of 2, which differs in query and body" in said
    assert "query: nothing was recorded, v=2 is asked" in said
    assert '\n    -      "content": "Hello",\n    +      "content": "Hello!",\n' in said
    assert "temperature" not in said
    assert caught.value.retryable is False
    assert len(caught.value.attempts) == 1
    assert isinstance(caught.value, AssertionError)


def test_a_long_difference_is_cut(path):
    rec = recording(path, "replay")
    with pytest.raises(RecordingError, match=r"… and [0-9]+ more lines"):
        client_of(rec).chat([unillm.UserMessage(f"{n}") for n in range(100)])


def test_what_the_code_under_test_swallows_fails_at_the_end(path):
    def agent(client):
        try:
            return client.chat("What is new?").text
        except unillm.UnillmError:
            return "Sorry."

    with pytest.raises(RecordingError, match="What is new"), recording(path, "replay") as rec:
        assert agent(client_of(rec)) == "Sorry."


def test_what_was_not_asked_for_fails_at_the_end(path):
    with (
        pytest.raises(RecordingError, match=r"1 of 2 exchanges.*\n  2\. POST http"),
        recording(path, "replay") as rec,
    ):
        client_of(rec).chat("Hello", temperature=0.5)
    with pytest.raises(RecordingError, match=r"transport=recording.transport"):
        recording(path, "replay").finish()
    with recording(path, "replay", allow_unused=True) as rec:
        client_of(rec).chat("Hello", temperature=0.5)


def test_a_block_that_failed_says_why_itself(path):
    with pytest.raises(LookupError), recording(path, "replay"):
        raise LookupError


def test_an_answer_is_given_once_unless_repeats_are_allowed(path):
    rec = recording(path, "replay")
    client = client_of(rec)
    client.chat("Hello", temperature=0.5)
    with pytest.raises(RecordingError, match=r"its answer has been used.*allow_repeats=True"):
        client.chat("Hello", temperature=0.5)
    with recording(path, "replay", allow_repeats=True) as rec:
        assert {both(rec) for _ in range(3)} == {(HELLO, BYE)}


def test_fewer_parts_match_more(path):
    with recording(path, "replay", match=("path", "model")) as rec:
        client = client_of(rec)
        assert client.chat("Anything", model="fake:other").text == BYE
        assert client.chat("At all").text == HELLO
    with recording(path, "replay", match="path") as rec:
        assert [client_of(rec).chat("x", model="fake:new").text for _ in "12"] == [HELLO, BYE]
    rec = recording(path, "replay", match=("messages", "host"))
    with pytest.raises(RecordingError, match="differs in host"):
        client_of(rec).chat("Bye")


@pytest.mark.parametrize("match", [(), ("header",), "bodies"])
def test_an_unknown_part_is_refused(path, match):
    with pytest.raises(ValueError, match="match names parts of a request"):
        recording(path, match=match)


def test_an_unknown_mode_is_refused(path):
    with pytest.raises(ValueError, match="'auto', 'record' or 'replay'"):
        recording(path, "once")  # type: ignore[arg-type]


def test_a_missing_recording_says_how_to_make_it(tmp_path):
    with pytest.raises(RecordingError, match=r"mode='record'.*--unillm-record=once"):
        recording(tmp_path / "none.tape", "replay")


def test_a_file_that_is_none_is_refused(tmp_path):
    (tmp_path / "x.tape").write_bytes(b"\xff\xfe")
    with pytest.raises(RecordingError, match=r"x\.tape is no recording"):
        recording(tmp_path / "x.tape")


def test_nothing_recorded_is_a_mistake_and_leaves_the_file(path):
    before = path.read_text()
    with (
        pytest.raises(RecordingError, match=r"transport=recording.transport"),
        recording(path, "record"),
        FakeProvider() as fake,
    ):
        unillm.Client(providers=[server(fake)], model="fake:m").chat("Hi")
    assert path.read_text() == before


def test_a_block_that_failed_is_not_recorded(path, fake):
    before = path.read_text()
    with pytest.raises(unillm.NotFoundError), recording(path, "record") as rec:
        client_of(rec, fake).chat("Something else", model="fake:status-404-path")
    assert path.read_text() == before
    with recording(path, "record") as rec:
        client_of(rec, fake).chat("Something else")
    assert path.read_text() != before
    assert [entry.name for entry in path.parent.iterdir()] == ["weather.tape"]


def test_other_keys_and_versions_of_the_client_match(path):
    with recording(path, "replay") as rec:
        provider = unillm.Provider("fake", base_url="http://127.0.0.1:9/v1", api_key="another-key")
        client = unillm.Client(providers=[provider], transport=rec.transport, temperature=0.5)
        assert client.chat("Hello", model="fake:some").text == HELLO
        assert client.chat("Bye", model="fake:other").text == BYE
    assert "user-agent" not in path.read_text()


def test_bodies_that_are_no_json_are_compared_as_they_are():
    def asked(body):
        return Asked(method="POST", url="https://x/", headers={}, body=body)

    assert differing(("body", "model"), asked(b"\xff"), asked(b"\xff")) == ()
    assert differing(("body",), asked(b"\xff"), asked(b"\xfe")) == ("body",)
    assert differing(("body",), asked(b'{"a": 1, "b": 2}'), asked(b'{"b":2,"a":1}')) == ()
    assert differing(("body",), asked(b'{"a": 1}'), asked(b'{"a": true}')) == ("body",)


def test_an_empty_recording_says_so(tmp_path):
    (tmp_path / "x.tape").write_text("unillm recording 1\n")
    with pytest.raises(RecordingError, match="it is empty"):
        client_of(recording(tmp_path / "x.tape")).chat("Hi")


def test_its_repr_says_what_it_does(path):
    assert repr(recording(path)).endswith("weather.tape', mode='replay')")
