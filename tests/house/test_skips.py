"""The plugin that refuses skips in CI refuses them."""

import pytest

BODY = """
import pytest

@pytest.mark.skip(reason="{reason}")
def test_marked(): ...

def test_called():
    pytest.skip("{reason}")

@pytest.fixture
def engine():
    pytest.skip("{reason}")

def test_in_fixture(engine): ...
"""
MODULE = """
import pytest
pytest.skip("{reason}", allow_module_level=True)
"""


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the inner pytest without other plugins: they are slow to load."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run(pytester: pytest.Pytester, body: str, reason: str) -> dict[str, int]:
    pytester.makepyfile(body.format(reason=reason))
    result = pytester.runpytest_inprocess("-p", "tests.house.skips", "-p", "no:cacheprovider")
    return result.parseoutcomes()


def test_in_ci_every_way_to_skip_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    assert run(pytester, BODY, "no engine here") == {"failed": 1, "errors": 2}


def test_in_ci_a_skipped_module_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    assert run(pytester, MODULE, "no engine here") == {"errors": 1}


@pytest.mark.parametrize("body", [BODY, MODULE])
def test_in_ci_a_missing_key_may_skip(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    monkeypatch.setenv("CI", "true")
    outcomes = run(pytester, body, "needs key DEEPSEEK_API_KEY: set it and run make test-live")
    assert outcomes == {"skipped": 3 if body is BODY else 1}


def test_elsewhere_a_skip_is_a_skip(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert run(pytester, BODY, "no engine here") == {"skipped": 3}


def test_an_expected_failure_is_no_skip(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    body = "import pytest\n@pytest.mark.xfail(reason='{reason}')\ndef test_it(): assert False\n"
    assert run(pytester, body, "known") == {"xfailed": 1}
