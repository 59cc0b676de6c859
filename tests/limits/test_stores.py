"""Both stores against one model: whatever is done in whatever order, they count the same."""

# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportOptionalSubscript=false, reportArgumentType=false

import threading
import time
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.limits import servers
from unillm import Budget, BudgetStore, InvalidRequestError
from unillm.limits import Account, Claim, MemoryStore, RedisStore
from unillm.limits.memory import REMEMBERED

LIMIT = 1_000
LEASE = 100.0
KEYS = ("a", "b", "c")


def claim(key, amount, *, keeps=False, limit=LIMIT, soft=800, until=None, lease=LEASE):
    return Claim(
        budget=Budget(1, name="b"),
        account=key,
        key=f"b|{key}",
        amount=amount,
        limit=limit,
        soft=soft,
        until=until,
        lease=lease,
        keeps=keeps,
    )


@dataclass
class Model:
    """One account, reckoned anew from all that ever happened to it."""

    holds: dict = field(default_factory=dict)
    told: bool = False

    def state(self):
        spent = reserved = over = expired = 0
        for hold in self.holds.values():
            if hold["end"] is not None:
                spent += hold["end"]
                over += max(0, hold["end"] - hold["asked"])
            elif hold["lapsed"]:
                expired += hold["amount"]
                spent += hold["amount"] if hold["keeps"] else 0
            else:
                reserved += hold["amount"]
        return spent, reserved, over, expired

    def lapse(self, now):
        for hold in self.holds.values():
            if hold["end"] is None and now >= hold["due"]:
                hold["lapsed"] = True


class Stores(RuleBasedStateMachine):
    """Drives a store and the model side by side."""

    redis = False

    @initialize()
    def begin(self):
        self.now = 1_000_000.0
        self.models = {key: Model() for key in KEYS}
        self.known = {}
        self.count = 0
        if self.redis:
            self.client = servers.require()
            self.name = servers.prefix()
            self.store = RedisStore(self.client, prefix=self.name, clock=lambda: self.now)
        else:
            self.store = MemoryStore(clock=lambda: self.now)

    def teardown(self):
        if self.redis and hasattr(self, "client"):
            servers.sweep(self.client, self.name)
            self.client.close()

    @rule(
        keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True),
        amount=st.integers(0, 600),
        keeps=st.booleans(),
        lease=st.sampled_from([LEASE, LEASE / 3, LEASE * 4]),
    )
    def reserve(self, keys, amount, keeps, lease):
        self.count += 1
        name = f"h{self.count}.1"
        claims = [claim(key, amount, keeps=keeps, lease=lease) for key in keys]
        before = {key: self.models[key].state() for key in keys}
        rooms = [before[key][0] + before[key][1] + amount <= LIMIT for key in keys]
        accounts = self.store.reserve(name, claims)
        assert [account.room for account in accounts] == rooms
        self.known[name] = claims
        if all(rooms):
            for key in keys:
                self.models[key].holds[name] = {
                    "amount": amount,
                    "asked": amount,
                    "keeps": keeps,
                    "due": self.now + lease,
                    "lapsed": False,
                    "end": None,
                }

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def reserve_again(self, data):
        name = data.draw(st.sampled_from(sorted(self.known)))
        if name in self.models[self.known[name][0].account].holds:
            hold = self.models[self.known[name][0].account].holds[name]
            if hold["end"] is None:
                assert all(one.room for one in self.store.reserve(name, self.known[name]))

    @precondition(lambda self: self.known)
    @rule(data=st.data(), spent=st.integers(0, 900), unheld=st.booleans())
    def settle(self, data, spent, unheld):
        name = data.draw(st.sampled_from(sorted(self.known)))
        claims = self.known[name]
        expected = []
        for one in claims:
            model = self.models[one.account]
            hold = model.holds.get(name)
            changes = (hold is None and unheld) or (hold is not None and hold["end"] is None)
            if hold is not None and hold["end"] is not None and not hold.get("unheld"):
                # Once settled nothing is known of it any more: nobody settles it as unheld.
                unheld = False
            if changes and hold is None:
                model.holds[name] = {"end": spent, "asked": one.amount, "unheld": True}
            elif changes:
                hold["end"] = spent
            passed = changes and model.state()[0] >= one.soft and not model.told
            model.told = model.told or passed
            expected.append(passed)
        accounts = self.store.settle(name, claims, spent, unheld=unheld)
        assert [account.soft for account in accounts] == expected

    @rule(seconds=st.sampled_from([1.0, LEASE / 2, LEASE, LEASE * 5]))
    def wait(self, seconds):
        self.now += seconds
        for model in self.models.values():
            model.lapse(self.now)

    @invariant()
    def they_count_the_same(self):
        if not hasattr(self, "store"):
            return
        accounts = self.store.read([claim(key, 0) for key in KEYS])
        for key, account in zip(KEYS, accounts, strict=True):
            found = (account.spent, account.reserved, account.overshoot, account.expired)
            assert found == self.models[key].state()


class RedisStores(Stores):
    redis = True


QUIET = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
Stores.TestCase.settings = QUIET
RedisStores.TestCase.settings = QUIET


class TestMemoryIsTheModel(Stores.TestCase):
    """In this process."""


class TestRedisIsTheModel(RedisStores.TestCase):
    """In Redis, by the script."""


@pytest.fixture(params=["memory", "redis"])
def kept(request):
    """Give a store whose time stands still until it is put forward."""
    time = [1_000_000.0]
    if request.param == "memory":
        yield MemoryStore(clock=lambda: time[0]), time
        return
    client, name = servers.require(), servers.prefix()
    yield RedisStore(client, prefix=name, clock=lambda: time[0]), time
    servers.sweep(client, name)
    client.close()


def test_a_store_has_the_methods_it_needs(kept):
    assert isinstance(kept[0], BudgetStore)


def test_nothing_is_taken_where_one_of_several_has_no_room(kept):
    store, _ = kept
    wide, narrow = claim("wide", 500), claim("narrow", 500, limit=400)
    assert [one.room for one in store.reserve("h.1", [wide, narrow])] == [True, False]
    assert [one.reserved for one in store.read([wide, narrow])] == [0, 0]
    assert [one.room for one in store.reserve("h.2", [wide])] == [True]


def test_what_is_spent_to_the_last_billionth_fits_and_one_more_does_not(kept):
    store, _ = kept
    assert store.reserve("h.1", [claim("k", LIMIT)])[0].room
    assert store.settle("h.1", [claim("k", LIMIT)], LIMIT - 1)[0].spent == LIMIT - 1
    assert store.reserve("h.2", [claim("k", 2)])[0].room is False
    assert store.reserve("h.3", [claim("k", 1)])[0].room


def test_amounts_near_the_largest_are_exact(kept):
    store, _ = kept
    large = 9_000_000 * 10**9
    one = claim("k", large - 1, limit=large, soft=None)
    assert store.reserve("h.1", [one])[0].reserved == large - 1
    assert store.settle("h.1", [one], large - 1)[0].spent == large - 1
    assert store.reserve("h.2", [claim("k", 2, limit=large)])[0].room is False
    assert store.reserve("h.3", [claim("k", 1, limit=large)])[0].room is True
    assert store.settle("h.3", [claim("k", 1, limit=large)], 1)[0].spent == large


@pytest.mark.parametrize(("keeps", "left"), [(False, LIMIT), (True, LIMIT - 300)])
def test_what_nobody_settles_lapses(kept, keeps, left):
    store, time = kept
    store.reserve("h.1", [claim("k", 300, keeps=keeps)])
    time[0] += LEASE - 1
    assert store.read([claim("k", 0)])[0].reserved == 300
    time[0] += 1
    found = store.read([claim("k", 0)])[0]
    assert (found.reserved, found.expired, LIMIT - found.spent) == (0, 300, left)


@pytest.mark.parametrize("keeps", [False, True])
def test_a_settle_after_that_still_counts_what_was_spent_and_once(kept, keeps):
    store, time = kept
    one = claim("k", 300, keeps=keeps)
    store.reserve("h.1", [one])
    time[0] += LEASE
    for _ in range(2):
        store.settle("h.1", [one], 200)
    found = store.read([one])[0]
    assert (found.spent, found.reserved, found.expired, found.overshoot) == (200, 0, 0, 0)


def test_that_it_lapsed_is_forgotten_after_a_month(kept):
    store, time = kept
    one = claim("k", 300, keeps=True)
    store.reserve("h.1", [one])
    time[0] += LEASE
    store.read([one])
    time[0] += REMEMBERED
    store.read([one])
    store.settle("h.1", [one], 200)
    found = store.read([one])[0]
    assert (found.spent, found.expired) == (300, 300)


def test_what_was_never_reserved_counts_once_where_that_is_said(kept):
    store, _ = kept
    store.settle("h.1", [claim("k", 300)], 200)
    assert store.read([claim("k", 0)])[0].spent == 0
    for _ in range(2):
        store.settle("h.1", [claim("k", 300)], 200, unheld=True)
    assert store.read([claim("k", 0)])[0].spent == 200


def test_a_bill_above_the_bound_counts_whole_and_is_told(kept):
    store, _ = kept
    store.reserve("h.1", [claim("k", 300)])
    found = store.settle("h.1", [claim("k", 300)], 1_200)[0]
    assert (found.spent, found.overshoot) == (1_200, 900)
    assert not store.reserve("h.2", [claim("k", 0, limit=LIMIT)])[0].room


def test_an_absurd_bill_is_counted_as_much_as_can_be(kept):
    store, _ = kept
    for number in range(3):
        store.reserve(f"h{number}.1", [claim("k", 300, limit=10**18)])
        store.settle(f"h{number}.1", [claim("k", 300, limit=10**18)], 10**30)
    found = store.read([claim("k", 0)])[0]
    assert found.spent >= 9_000_000 * 10**9
    assert found.reserved == 0
    assert not store.reserve("h.2", [claim("k", 0)])[0].room


def test_the_soft_limit_is_passed_once(kept):
    store, _ = kept
    passed = []
    for number in range(4):
        one = [claim("k", 250, soft=500)]
        store.reserve(f"h.{number}", one)
        passed.append(store.settle(f"h.{number}", one, 250)[0].soft)
    assert passed == [False, True, False, False]


def test_memory_forgets_accounts_of_the_past():
    time = [0.0]
    store = MemoryStore(clock=lambda: time[0])
    for hour in range(10_000):
        time[0] = hour * 3_600.0
        one = [claim(f"hour{hour}", 1, until=time[0] + 3_600)]
        store.reserve(f"h{hour}.1", one)
        store.settle(f"h{hour}.1", one, 1)
    assert len(store._tallies) < 200


def test_memory_lets_nothing_lapse_when_the_time_of_day_jumps(monkeypatch):
    store = MemoryStore()
    store.reserve("h.1", [claim("k", 600, until=time.time() + 60)])
    ahead = time.time() + 10 * 86_400
    monkeypatch.setattr("unillm.limits.memory.time.time", lambda: ahead)
    for number in range(1_000):
        store.reserve(f"h{number}.1", [claim(f"other{number}", 1, until=ahead + 60)])
    assert store.reserve("h.2", [claim("k", 600)])[0].room is False


def test_memory_holds_no_leases_of_what_is_settled():
    store = MemoryStore()
    for number in range(10_000):
        store.reserve(f"h{number}.1", [claim("k", 1, limit=10**9)])
        store.settle(f"h{number}.1", [claim("k", 1, limit=10**9)], 1)
    tally = store._tallies["b|k"]
    assert (tally.spent, tally.reserved, len(tally.holds)) == (10_000, 0, 0)
    assert len(tally.leases) < 200


def test_an_account_tells_nothing_by_its_repr():
    store = MemoryStore()
    store.read([claim("user=ann", 0)])
    assert repr(store) == "MemoryStore(1 accounts)"
    assert Account(spent=1, reserved=2).room


def test_memory_works_in_a_process_forked_while_it_was_locked():
    store = MemoryStore()
    store.reserve("h.1", [claim("k", 10)])
    holder = threading.Thread(target=store._lock.acquire)
    holder.start()
    holder.join()
    store._process = -1  # what a child finds: another process's lock, held by nobody it has
    assert store.settle("h.1", [claim("k", 10)], 7)[0].spent == 7
    assert store._lock.acquire(blocking=False)


@pytest.mark.parametrize("prefix", ["", "a{b}", "a\nb"])
def test_a_prefix_that_would_spoil_the_keys_is_refused(prefix):
    with pytest.raises(InvalidRequestError, match="braces"):
        RedisStore("redis://127.0.0.1:1", prefix=prefix)
