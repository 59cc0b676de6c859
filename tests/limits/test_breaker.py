"""When a target is put by: read off the arithmetic, without a clock."""

# pyright: reportOptionalOperand=false

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm.routing import breaker
from unillm.routing.breaker import Breaker
from unillm.types.health import Report

OK = Report(outcome="ok")
FAILED = Report(outcome="error", cooling="failure")
CALLERS = Report(outcome="error")
CANCELLED = Report(outcome="cancelled")


def failed(kind, **more):
    return Report(outcome="error", cooling=kind, **more)


class Tried(Breaker):
    """A breaker with names for attempts."""

    def __init__(self):
        super().__init__()
        self.made = 0

    def attempt(self, report, now, *, alone=False):
        """Make an attempt, if it may be made, and report it at once."""
        self.made += 1
        name = f"a{self.made}"
        admission = self.admit(name, now, alone=alone)
        if admission.admitted:
            self.report(name, now, report, now)
        return admission


def dead(now=0.0):
    tried = Tried()
    for _ in range(breaker.LEAST):
        tried.attempt(FAILED, now)
    return tried


def test_it_opens_at_seven_in_ten_of_eight():
    tried = Tried()
    for report in [OK, OK, *5 * [FAILED]]:
        tried.attempt(report, 0.0)
    assert tried.state(0.0) == "closed"
    tried.attempt(FAILED, 0.0)
    assert tried.state(0.0) == "open"
    refused = tried.attempt(OK, 1.0)
    assert (refused.admitted, refused.wait) == (False, 4.0)
    assert "failed" in refused.reason


@pytest.mark.parametrize("report", [CALLERS, CANCELLED], ids=["the caller's", "cancelled"])
def test_what_says_nothing_of_the_target_never_counts(report):
    tried = Tried()
    for _ in range(100):
        tried.attempt(report, 0.0)
    assert (tried.state(0.0), tried.counted(0.0)) == ("closed", (0, 0))


def test_one_probe_closes_it():
    tried = dead()
    assert tried.state(4.9) == "open"
    assert tried.state(5.0) == "half_open"
    first, second = (tried.admit(name, 5.0, alone=False) for name in ("p", "q"))
    assert (first.admitted, first.probe) == (True, True)
    assert (second.admitted, second.wait) == (False, breaker.PROBE)
    tried.report("p", 5.0, OK, 6.0)
    assert (tried.state(6.0), tried.counted(6.0)) == ("closed", (0, 0))


@pytest.mark.parametrize("report", [CANCELLED, CALLERS])
def test_a_probe_that_says_nothing_frees_the_slot(report):
    tried = dead()
    assert tried.admit("p", 5.0, alone=False).probe
    tried.report("p", 5.0, report, 5.5)
    assert tried.state(5.5) == "half_open"
    assert tried.admit("q", 5.5, alone=False).probe


def test_a_probe_that_never_reports_is_waited_for_no_longer_than_a_minute():
    tried = dead()
    assert tried.admit("p", 5.0, alone=False).probe
    assert not tried.admit("q", 5.0 + breaker.PROBE - 0.1, alone=False).admitted
    assert tried.admit("r", 5.0 + breaker.PROBE, alone=False).probe


def test_each_failed_probe_doubles_the_time_up_to_five_minutes():
    tried, now, spans = dead(), 0.0, []
    for _ in range(10):
        spans.append(tried.until - now)
        now = tried.until
        tried.attempt(FAILED, now)
    assert spans == [5, 10, 20, 40, 80, 160, 300, 300, 300, 300]


def test_one_that_fails_again_soon_after_is_put_by_for_longer():
    tried = dead()
    tried.attempt(OK, 5.0)
    for _ in range(breaker.LEAST):
        tried.attempt(FAILED, 6.0)
    assert tried.until == 16.0
    tried.attempt(OK, 16.0)
    for _ in range(breaker.LEAST):
        tried.attempt(FAILED, 1000.0)
    assert tried.until == 1005.0


def test_those_under_way_as_it_opens_count_once():
    tried = Tried()
    for number in range(50):
        tried.admit(f"n{number}", 0.0, alone=False)
    for number in range(50):
        tried.report(f"n{number}", 0.0, FAILED, 1.0)
    assert tried.until == 6.0
    tried.admit("late", 0.5, alone=True)
    tried.report("late", 0.5, OK, 2.0)
    assert tried.state(2.0) == "open"


def test_the_last_one_left_is_asked_all_the_same_and_may_close_it():
    tried = dead()
    assert tried.attempt(CALLERS, 1.0, alone=True).admitted
    assert tried.state(1.0) == "open"
    tried.attempt(OK, 2.0, alone=True)
    assert tried.state(2.0) == "closed"


@pytest.mark.parametrize(("kind", "state"), [("quota", "quota"), ("auth", "open")])
def test_no_money_and_a_bad_key_put_it_by_at_once_for_minutes(kind, state):
    tried = Tried()
    tried.attempt(OK, 0.0)
    tried.attempt(failed(kind), 0.0)
    assert (tried.state(0.0), tried.until) == (state, 300.0)
    tried.attempt(failed(kind), 300.0)
    assert tried.until == 900.0
    tried.attempt(OK, 900.0)
    assert tried.state(900.0) == "closed"


def test_what_a_server_says_is_to_be_waited_is_waited_and_no_longer_than_an_hour():
    tried = Tried()
    tried.attempt(failed("rate", retry_after=20.0), 0.0)
    assert (tried.state(19.0), tried.changes_at(19.0)) == ("open", 20.0)
    assert not tried.attempt(OK, 19.0).admitted
    assert tried.attempt(OK, 19.0, alone=True).admitted
    assert tried.attempt(OK, 20.0).admitted
    tried.attempt(failed("rate", retry_after=1e9), 20.0)
    assert tried.changes_at(20.0) == 20.0 + breaker.LONGEST


def test_too_many_requests_without_a_delay_count_as_failures():
    tried = Tried()
    for _ in range(breaker.LEAST):
        tried.attempt(failed("rate"), 0.0)
    assert tried.state(0.0) == "open"


def test_one_that_was_well_for_long_opens_within_its_last_outcomes():
    tried = Tried()
    for number in range(1_000):
        tried.attempt(OK, number / 100)
    made = 0
    while tried.state(10.0) == "closed":
        tried.attempt(FAILED, 10.0)
        made += 1
    assert made == breaker.SHARE * breaker.SAMPLES


moments = st.lists(
    st.tuples(st.floats(0, 40, allow_nan=False), st.booleans()), min_size=1, max_size=150
)


@given(moments)
def test_the_window_is_what_brute_force_finds(steps):
    """Failures are kept under the share, so that the window alone is looked at."""
    tried, now, kept = Breaker(), 0.0, []
    for pause, fails in steps:
        now += pause
        tried._vote(now, failed=fails)
        kept.append((now, fails))
        window = [one for one in kept[-breaker.SAMPLES :] if one[0] > now - breaker.WINDOW]
        assert tried.counted(now) == (len(window), sum(fails for _, fails in window))


class Play:
    """Random interleavings of attempts that begin, end, and are forgotten."""

    REPORTS = (OK, FAILED, CALLERS, CANCELLED, failed("quota"), failed("rate", retry_after=3.0))

    def __init__(self):
        self.breaker, self.now = Breaker(), 0.0
        self.running, self.probes, self.made = {}, {}, 0

    def begin(self, alone):
        self.made += 1
        state = self.breaker.state(self.now)
        admission = self.breaker.admit(f"{self.made}", self.now, alone=alone)
        if admission.probe:
            assert state == "half_open"
            live = [at for at in self.probes.values() if self.now - at < breaker.PROBE]
            assert live == []
            self.probes[f"{self.made}"] = self.now
        elif admission.admitted and not alone:
            assert state == "closed"
        if admission.admitted:
            self.running[f"{self.made}"] = self.now
        else:
            assert not alone
            assert admission.wait > 0

    def end(self, which, report):
        if self.running:
            name = list(self.running)[which % len(self.running)]
            self.breaker.report(name, self.running.pop(name), report, self.now)
            self.probes.pop(name, None)
            if self.breaker.state(self.now) != "half_open":
                self.probes.clear()


acts = st.lists(
    st.one_of(
        st.tuples(st.just("begin"), st.booleans()),
        st.tuples(st.just("end"), st.integers(0, 50), st.sampled_from(Play.REPORTS)),
        st.tuples(st.just("wait"), st.floats(0, 400, allow_nan=False)),
    ),
    max_size=120,
)


@given(acts)
def test_never_more_than_one_probe_whatever_happens(acts):
    play = Play()
    for act in acts:
        if act[0] == "begin":
            play.begin(act[1])
        elif act[0] == "end":
            play.end(*act[1:])
        else:
            play.now += act[1]
        requests, failures = play.breaker.counted(play.now)
        assert 0 <= failures <= requests <= breaker.SAMPLES
    play.now += breaker.LONGEST + breaker.PROBE
    assert play.breaker.admit("last", play.now, alone=False).admitted
