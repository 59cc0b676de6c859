"""Pytest plugin: with `CI=true` a skipped test fails, unless it needs a key that is not set.

A test that skips itself on the only machine that runs everything tests nothing, and nobody sees it.
"""

import os
from collections.abc import Generator

import pytest

ALLOWED = "needs key"


def in_ci() -> bool:
    return os.environ.get("CI") == "true"


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Give the reason of a skip, without pytest's own prefix."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ").strip()


def refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn an unexpected skip into a failure; an expected failure, reported as a skip, stays."""
    if not report.skipped or hasattr(report, "wasxfail") or not in_ci():
        return
    reason = reason_of(report)
    if reason.startswith(ALLOWED):
        return
    report.outcome = "failed"
    report.longrepr = (
        f"Skipped in CI: {reason}\nOnly a reason that starts with '{ALLOWED}' may skip."
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    refuse(report)
    return report
