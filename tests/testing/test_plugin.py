"""The fixtures for users' tests."""

import pytest

from unillm.testing import FakeProvider

ASKS = """
import unillm

def test_hello(recording):
    provider = unillm.Provider("fake", base_url={base_url!r}, api_key="open-sesame-1")
    client = unillm.Client(providers=[provider], transport=recording.transport)
    assert client.chat("Hello", model="fake:m").text == "You said: Hello"
"""


@pytest.fixture
def run(pytester):
    """Run the tests of a user's file, with the plugin loaded by their conftest."""
    pytester.makeconftest('pytest_plugins = ["unillm.testing.pytest_plugin"]')

    def run(source, *options, **outcomes):
        pytester.makepyfile(test_agent=source)
        result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)
        result.assert_outcomes(**outcomes)
        return result.stdout.str()

    return run


def test_a_user_loads_the_plugin(run):
    told = run(
        """
        import httpx

        def test_hello(fake_provider):
            fake_provider.enqueue("Hello")
            answer = httpx.post(fake_provider.base_url + "/chat/completions", json={"model": "m"})
            assert "Hello" in answer.text
        """,
        passed=1,
    )
    assert "1 passed" in told


def test_a_recording_is_made_once_and_replayed(run, pytester):
    with FakeProvider() as fake:
        asks = ASKS.format(base_url=fake.base_url)
        run(asks, "--unillm-record=once", passed=1)
        run(asks, "--unillm-record=once", passed=1)
        assert len(fake.requests) == 1
    run(asks, passed=1)
    path = pytester.path / "recordings" / "test_agent" / "test_hello.tape"
    assert path.read_text().startswith("unillm recording 1\n\n--> POST http://127.0.0.1")
    assert "open-sesame-1" not in path.read_text()


def test_all_records_anew(run, pytester):
    with FakeProvider() as fake:
        asks = ASKS.format(base_url=fake.base_url)
        run(asks, "--unillm-record=once", passed=1)
        fake.enqueue("Something new")
        said = run(asks, "--unillm-record=all", failed=1)
        assert "Something new" in said
        run(asks, passed=1)  # a test that failed leaves the recording as it was
        run(asks, "--unillm-record=all", passed=1)
        assert len(fake.requests) == 3


def test_a_missing_recording_says_how_to_make_it(run):
    said = run(ASKS.format(base_url="http://127.0.0.1:9/v1"), errors=1)
    assert "there is no recording" in said
    assert "pytest --unillm-record=once" in said
    assert "Traceback" not in said


def test_what_does_not_fit_fails_the_test(run):
    with FakeProvider() as fake:
        asks = ASKS.format(base_url=fake.base_url)
        run(asks, "--unillm-record=once", passed=1)
    assert "exchanges in" in run("def test_hello(recording): pass", failed=1)
    swallowed = asks.replace(
        "    assert client.chat(",
        "    try: client.chat('Other', model='fake:m')\n    except "
        "unillm.UnillmError: pass\n    assert client.chat(",
    )
    assert '+      "content": "Other",' in run(swallowed, failed=1)
    run(asks.replace("Hello", "Hullo"), failed=1)
    run(
        asks.replace("    provider", "    import pytest; pytest.skip('no')\n    provider"),
        skipped=1,
    )


def test_options_names_and_classes(run, pytester):
    with FakeProvider() as fake:
        source = f"""
import pytest, unillm

@pytest.fixture
def recording_options():
    return {{"redact": lambda text: text.replace("Ada", "NAME")}}

class TestAgent:
    @pytest.mark.parametrize("name", ["Ada", "a/b c"])
    def test_it(self, recording, name):
        provider = unillm.Provider("fake", base_url={fake.base_url!r})
        client = unillm.Client(providers=[provider], transport=recording.transport)
        assert client.chat(name, model="fake:m").text

@pytest.mark.parametrize("recording_options", [{{"match": "path", "allow_repeats": True}}])
def test_loosely(recording):
    provider = unillm.Provider("fake", base_url={fake.base_url!r})
    client = unillm.Client(providers=[provider], transport=recording.transport)
    for text in "ab" if recording.mode == "replay" else "c":
        assert client.chat(text, model="fake:m").text == "You said: c"
"""
        run(source, "--unillm-record=once", passed=3)
    run(source, passed=3)
    folder = pytester.path / "recordings" / "test_agent"
    assert sorted(path.name for path in folder.iterdir()) == [
        "TestAgent.test_it_Ada_.tape",
        "TestAgent.test_it_a_b_c_.tape",
        "test_loosely_recording_options0_.tape",
    ]
    assert "Ada" not in (folder / "TestAgent.test_it_Ada_.tape").read_text()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_async_tests_record_too(run, backend):
    with FakeProvider() as fake:
        source = f"""
import pytest, unillm

@pytest.fixture
def anyio_backend():
    return {backend!r}

@pytest.mark.anyio
async def test_it(recording):
    provider = unillm.Provider("fake", base_url={fake.base_url!r})
    client = unillm.AsyncClient(
        providers=[provider], transport=recording.async_transport, model="fake:m"
    )
    assert (await client.chat("Hi")).text == "You said: Hi"
    async with client.stream("Hi") as stream:
        async for _ in stream:
            pass
"""
        run(source, "--unillm-record=once", "-W", "error", passed=1)
        assert fake.wait(connections=0)
    run(source, "-W", "error", passed=1)
