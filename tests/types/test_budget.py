"""A budget refuses what cannot be meant, and is a purse."""

# pyright: reportOptionalMemberAccess=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportOptionalSubscript=false, reportArgumentType=false

import copy
import dataclasses
import inspect
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unillm
from unillm import Budget, BudgetExceededError, BudgetState, InvalidRequestError
from unillm.limits import MemoryStore
from unillm.types.budget import MOST, billionths, dollars


async def soon(_state):
    """Be async, which nobody awaits."""


class Odd:
    blocks = True

    async def reserve(self, *_): ...
    async def settle(self, *_): ...
    async def read(self, *_): ...


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"usd": 0.1}, r'float: write Decimal\("0.1"\) or "0.1"'),
        ({"usd": True}, "not bool"),
        ({"usd": None}, "not NoneType"),
        ({"usd": "five"}, "no number: 'five'"),
        ({"usd": "-1"}, "from 0 to"),
        ({"usd": Decimal("NaN")}, "from 0 to"),
        ({"usd": "Infinity"}, "from 0 to"),
        ({"usd": MOST + 1}, "from 0 to 9,000,000"),
        ({"per": "week"}, "one of .*'month'"),
        ({"per": None}, "one of"),
        ({"scope": "team"}, "'tag:<name>'"),
        ({"scope": "tag:"}, "'tag:<name>'"),
        ({"scope": 5}, "'tag:<name>'"),
        ({"soft": 1.5}, "share from 0 to 1"),
        ({"soft": float("nan")}, "share from 0 to 1"),
        ({"soft": "much"}, "no number"),
        ({"soft": 80}, "more than the whole budget of .1, .*a share is a float, such as 0.8"),
        ({"on_soft": "log"}, "plain function"),
        ({"on_soft": soon}, "plain function"),
        ({"store": 5, "name": "b"}, "not int"),
        ({"store": MemoryStore, "name": "b"}, "not MemoryStore"),
        ({"store": Odd(), "name": "b"}, "not async"),
        ({"store": MemoryStore()}, "give it one, such as name='team'"),
        ({"store": "redis://h"}, "give it one"),
        ({"when_down": "ajar"}, "'closed', 'open'"),
        ({"expired": "gone"}, "'released', 'spent'"),
        ({"lease": 0}, "number of seconds"),
        ({"lease": True}, "number of seconds"),
        ({"lease": float("inf")}, "number of seconds"),
        ({"name": 5}, "must be text"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, says):
    with pytest.raises(InvalidRequestError, match=says):
        Budget(**{"usd": 1, **given})


def test_each_reason_against_an_async_store_reads_well():
    with pytest.raises(InvalidRequestError, match=r"methods of unillm\.BudgetStore, which are not"):
        Budget(1, store=Odd(), name="b")
    assert inspect.iscoroutinefunction(Odd.reserve)


def test_names_say_what_it_is():
    assert Budget(5).name == "$5"
    assert Budget("2.50", per="day", scope="tag:team").name == "$2.50 a day for each tag:team"
    assert Budget("0.50", per="hour", scope="user").name == "$0.50 an hour for each user"
    assert Budget(5, name="mine").name == "mine"


@given(st.decimals(0, MOST, places=9))
def test_dollars_and_billionths_are_the_same_amount(amount):
    assert dollars(billionths(amount)) == amount
    assert "E" not in str(dollars(billionths(amount))) or amount < Decimal("0.000001")


def test_the_limit_is_never_rounded_up_and_a_cost_never_down():
    assert Budget("0.0000000019").limit == 1
    assert billionths(Decimal("0.0000000011")) == 2


@pytest.mark.parametrize(
    ("soft", "at"),
    [
        *((None, None), (0.8, 4 * 10**9), (0.0, 0), (1.0, 5 * 10**9)),
        *((1, 10**9), ("0.5", 5 * 10**8), (Decimal(2), 2 * 10**9)),
    ],
)
def test_a_float_is_a_share_and_the_rest_is_dollars(soft, at):
    assert Budget(5, soft=soft).soft_at == at


def test_a_copy_is_a_purse_of_its_own():
    with unillm.Client(budget=(budget := Budget(5, name="b", per="day", lease=7))):
        pass
    for other in (
        copy.deepcopy(budget),
        copy.copy(budget),
        pickle.loads(pickle.dumps(budget)),
        dataclasses.replace(budget, usd=budget.usd),
    ):
        assert repr(other) == repr(budget)
        assert other != budget
        assert budget.kept
        assert other.kept == {}


def test_nothing_of_a_store_is_shown():
    budget = Budget(5, name="b", store="redis://:hush-0451@h/0")
    assert "hush" not in repr(budget)


def test_an_error_and_a_state_survive_a_trip():
    state = BudgetState(
        budget="b",
        key="2026-11-28",
        usd=Decimal(1),
        spent=Decimal("0.5"),
        reserved=Decimal("0.25"),
        left=Decimal("0.25"),
    )
    assert BudgetState.from_json(state.to_json()) == state
    error = BudgetExceededError(
        "no", budget="b", needed=Decimal("0.5"), left=Decimal("0.25"), fits=3, states=[state]
    )
    back = pickle.loads(pickle.dumps(error))
    assert (back.budget, back.needed, back.left, back.fits) == ("b", error.needed, error.left, 3)
    assert back.states == (state,)
    assert back.may_pass


def test_what_may_pass_is_told_from_what_never_will():
    def error(needed, spent):
        state = BudgetState(
            budget="b",
            key="",
            usd=Decimal(1),
            spent=Decimal(spent),
            reserved=Decimal("0.5"),
            left=Decimal(0),
        )
        return BudgetExceededError("no", needed=needed, states=[state])

    assert error(Decimal("0.5"), "0.5").may_pass
    assert not error(Decimal("0.6"), "0.5").may_pass
    assert not error(None, "0").may_pass
