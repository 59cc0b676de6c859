"""Budgets, read effect by effect: no store, no network, no clock."""

# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportOptionalSubscript=false, reportArgumentType=false

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, localcontext

import pytest

from tests.flow.reading import TARGET, World, chunk, flow_of
from unillm import (
    Attempt,
    Budget,
    BudgetExceededError,
    BudgetUnavailableError,
    Cost,
    IncompleteStreamError,
    Price,
    RetryPolicy,
    ServerError,
    Timeout,
)
from unillm._flow.billing import Billing
from unillm._flow.budget import NOBODY, Spending, charge, claim_of
from unillm._flow.effects import Now, Opened, Read, Reserve, Reserved, Send, Settle, Sleep
from unillm.pricing import PriceBook
from unillm.types.budget import Account, dollars
from unillm.types.record import Scope

DONE = b"data: [DONE]\n\n"
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5}}\n\n'
BOOK = PriceBook().with_(
    Price(
        provider="deepseek",
        model="deepseek-v4-pro",
        input=Decimal(1),
        cached_input=Decimal(1),
        output=Decimal(2),
    )
)
WHOLE = [200, chunk("stop", content="Hi"), USAGE, DONE]
ROOM = Account(spent=0, reserved=0)
FULL = Account(spent=400_000_000, reserved=500_000_000, room=False)


class Bank(World):
    """Answers reservations too, from a script of its own."""

    answers: tuple = ()

    def answer(self, effect):
        if isinstance(effect, Reserve):
            answers = list(self.answers)
            found, self.answers = (answers or [ROOM])[0], tuple(answers[1:])
            if isinstance(found, Reserved):
                return found
            return Reserved(accounts=tuple(found for _ in effect.claims))
        return super().answer(effect)


def spent_flow(*budgets, scope=None, book=BOOK, **options):
    """Give a flow under budgets, and its operation."""
    flow, operation = flow_of(**{"max_tokens": 400, **options})
    billing = Billing(book=book)
    operation.billing = billing
    operation.spending = Spending(
        budgets=budgets or (Budget(1, name="b"),),
        scope=scope or Scope(),
        billing=billing,
        total=operation.timeout.total,
    )
    return flow, operation


def test_each_attempt_is_reserved_before_it_is_sent_and_settled_before_the_end_is_told():
    flow, _ = spent_flow(policy=RetryPolicy(first_wait=0.1))
    world = Bank(flow, 503, b"", *WHOLE)
    response = world.run()
    kinds = [type(effect) for effect in world.seen]
    assert [kind for kind in kinds if kind in {Reserve, Send, Settle, Sleep, Opened}] == [
        *(Reserve, Send, Settle, Sleep),
        *(Reserve, Send, Opened, Settle),
    ]
    assert kinds[:3] == [Now, Now, Reserve]
    assert kinds.index(Settle) < len(kinds) - kinds[::-1].index(Read)
    assert world.of(Settle)[-1].spent == 20_000
    assert response.cost.state in {"exact", "unknown"}  # what the 503 cost is for others to say


def test_holds_are_named_after_the_operation_and_the_attempt():
    flow, _ = spent_flow()
    world = Bank(flow, 503, b"", *WHOLE)
    world.run()
    assert [effect.hold for effect in world.of(Reserve)] == ["op.1", "op.2"]
    assert [effect.hold for effect in world.of(Settle)] == ["op.1", "op.2"]


def test_without_room_nothing_is_sent_and_there_is_no_attempt():
    flow, operation = spent_flow()
    world = Bank(flow)
    world.answers = (FULL,)
    with pytest.raises(BudgetExceededError, match=r"0\.50 reserved by calls under way") as caught:
        world.run()
    assert world.of(Send) == world.of(Settle) == []
    assert (operation.attempts, operation.trial) == ([], None)
    error = caught.value
    assert (error.left, error.budget) == (Decimal("0.1"), "b")
    assert error.states[0].spent == Decimal("0.4")
    assert error.may_pass is (Decimal("0.6") >= error.needed)


def test_a_further_attempt_without_room_tells_of_the_error_before_it():
    flow, operation = spent_flow()
    world = Bank(flow, 500, b"")
    world.answers = (ROOM, FULL)
    with pytest.raises(BudgetExceededError) as caught:
        world.run()
    assert isinstance(caught.value.__cause__, ServerError)
    assert caught.value.attempts == tuple(operation.attempts)
    assert [attempt.status for attempt in caught.value.attempts] == [500]


def test_a_store_that_is_away_is_not_asked_again_and_again():
    flow, _ = spent_flow()
    world = Bank(flow)
    world.answers = (Reserved(down="the budget 'b' cannot be asked"),)
    with pytest.raises(BudgetUnavailableError, match="cannot be asked") as caught:
        world.run()
    assert caught.value.retryable
    assert len(world.of(Reserve)) == 1
    assert world.of(Sleep) == []


def test_what_could_not_be_checked_is_noted_once():
    flow, _ = spent_flow()
    world = Bank(flow, 503, b"", *WHOLE)
    world.answers = (Reserved(accounts=(None,), unchecked=("b",)),) * 2
    assert [note.code for note in world.run().notes] == ["budget_unchecked"]


def test_a_cut_answer_counts_with_all_that_was_reserved():
    flow, _ = spent_flow(policy=RetryPolicy(max_attempts=1))
    world = Bank(flow, 200, chunk(content="Hi"), b"")
    with pytest.raises(IncompleteStreamError):
        world.run()
    (settled,) = world.of(Settle)
    assert settled.spent is None or settled.spent > 0


def test_an_operation_without_a_budget_asks_for_nothing():
    flow, _ = flow_of()
    world = Bank(flow, *WHOLE)
    world.run()
    assert world.of(Reserve) == world.of(Settle) == []


def test_a_lease_is_longer_than_the_call_may_take():
    flow, _ = spent_flow(timeout=Timeout(total=10_000))
    world = Bank(flow, *WHOLE)
    world.run()
    assert world.of(Reserve)[0].claims[0].lease > 10_000
    flow, _ = spent_flow(Budget(1, lease=5), timeout=Timeout(total=None))
    world = Bank(flow, *WHOLE)
    world.run()
    assert world.of(Reserve)[0].claims[0].lease == 5


def test_a_budget_of_each_run_is_the_operations_own_outside_of_one():
    flow, _ = spent_flow(Budget("0.0035", per="run", name="b"), policy=RetryPolicy(first_wait=0.1))
    world = Bank(flow, 500, b"")
    with pytest.raises(BudgetExceededError, match="run of one call") as caught:
        world.run()
    assert world.of(Reserve) == []
    assert len(caught.value.attempts) == 1
    assert caught.value.states[0].spent == caught.value.needed


def test_turns_of_a_run_count_together():
    flow, _ = spent_flow(Budget(1, per="run", name="b"), scope=Scope(run="r1"))
    world = Bank(flow, *WHOLE)
    world.run()
    (claim,) = world.of(Reserve)[0].claims
    assert claim.account == "run r1"
    assert claim.until == 100 + 1e9 + 86_400


@pytest.mark.parametrize(
    ("cost", "spent"),
    [
        (Cost(total=Decimal("0.1234567891"), state="exact"), 123_456_790),
        (Cost(total=Decimal(0), state="exact"), 0),
        (Cost(total=Decimal("0.5"), state="estimated"), 500_000_000),
        (Cost(total=Decimal("0.5"), high=Decimal(1), state="estimated"), 10**9),
        (Cost(low=Decimal(0), high=Decimal("0.5"), state="bounded"), 500_000_000),
        (Cost(low=Decimal(0), state="bounded"), None),
        (Cost(), None),
    ],
)
def test_what_counts_as_spent(cost, spent):
    made = Attempt(
        number=1, provider="p", model="m", outcome="error", started_at=0, duration=1, cost=cost
    )
    assert charge(made) == spent


@pytest.mark.parametrize(
    ("per", "at", "account", "until"),
    [
        ("client", "2026-11-28T12:30", "", None),
        ("hour", "2026-11-28T12:30", "2026-11-28T12", "2026-11-28T13:00"),
        ("hour", "2026-12-31T23:59:59", "2026-12-31T23", "2027-01-01T00:00"),
        ("day", "2026-11-28T00:00", "2026-11-28", "2026-11-29T00:00"),
        ("day", "2026-11-28T23:59:59", "2026-11-28", "2026-11-29T00:00"),
        ("month", "2026-11-30T23:59:59", "2026-11", "2026-12-01T00:00"),
        ("month", "2028-02-29T12:00", "2028-02", "2028-03-01T00:00"),
        ("month", "2026-12-01T00:00", "2026-12", "2027-01-01T00:00"),
    ],
)
def test_windows_are_of_the_calendar_in_utc(per, at, account, until):
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()
    claim = claim_of(Budget(1, per=per, name="b"), moment)
    assert claim.account == account
    assert claim.state(ROOM).until == (
        None if until is None else datetime.fromisoformat(until).replace(tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("by", "scope", "accounts"),
    [
        (None, Scope(), [""]),
        ("user", Scope(user="ann"), ["user=ann"]),
        ("user", Scope(), [f"user={NOBODY}"]),
        ("session", Scope(session="s"), ["session=s"]),
        ("model", Scope(), ["model=deepseek:deepseek-v4-pro"]),
        ("provider", Scope(), ["provider=deepseek"]),
        ("tag:team", Scope(tags={"team": "red"}), ["tag:team=red"]),
        ("task", Scope(tasks=("night", "step", "night")), ["task=night", "task=step"]),
        ("task", Scope(), [f"task={NOBODY}"]),
        ("user", Scope(user="a|b{c}\n"), ["user=a%7Cb%7Bc%7D%0A"]),
    ],
)
def test_each_value_of_a_scope_has_an_account(by, scope, accounts):
    spending = Spending(
        budgets=(Budget(1, scope=by, name="b"),), scope=scope, billing=Billing(book=BOOK)
    )
    found = list(spending.claims(TARGET, 0.0, 5))
    assert [claim.account for claim in found] == accounts
    assert {claim.amount for claim in found} == {5}
    assert len({claim.key for claim in found}) == len(found)


def test_amounts_do_not_depend_on_the_callers_decimal_context():
    flow, _ = spent_flow(Budget("1234567.123456789", name="b"))
    world = Bank(flow, *WHOLE)
    with localcontext() as context:
        context.prec = 3
        world.run()
        (claim,) = world.of(Reserve)[0].claims
        assert claim.limit == 1_234_567_123_456_789
        assert dollars(1_234_567_123_456_789) == Decimal("1234567.123456789")
    flow, _ = spent_flow(Budget("1234567.123456789", name="b"))
    other = Bank(flow, *WHOLE)
    other.run()
    assert other.of(Reserve)[0].claims[0].amount == claim.amount


def test_a_price_by_the_hour_has_a_bound_where_the_call_has_one():
    hourly = PriceBook().with_(
        Price(provider="deepseek", model="deepseek-v4-pro", gpu_hour=Decimal(36))
    )
    flow, _ = spent_flow(book=hourly, timeout=Timeout(total=100))
    world = Bank(flow, *WHOLE)
    world.run()
    assert world.of(Reserve)[0].claims[0].amount == 10**9
    flow, _ = spent_flow(book=hourly, timeout=Timeout(total=None))
    with pytest.raises(BudgetExceededError, match=r"by the hour.* Timeout\(total=…\)"):
        Bank(flow).run()


def test_of_several_without_room_the_error_names_the_tightest():
    budgets = [Budget(limit, name=str(limit)) for limit in (3, 1, 2)]
    flow, _ = spent_flow(*budgets)
    world = Bank(flow)
    world.answers = (replace(FULL, spent=10**9, reserved=0),)
    with pytest.raises(BudgetExceededError) as caught:
        world.run()
    assert caught.value.budget == "1"
    assert [state.budget for state in caught.value.states] == ["3", "1", "2"]
