"""What is left on an account, as providers tell it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from unillm._wire.endpoints.answered import text
from unillm.errors import MalformedResponseError
from unillm.types.endpoints import Balance, Funds
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.target import Target


def balance_in(data: Any, target: Target) -> Balance:
    """Return what an answer says of an account.

    DeepSeek lists what is left, by currency, in strings
    (https://api-docs.deepseek.com/api/get-user-balance, read 2026-11-28). OpenRouter tells what
    was bought and what was used, in US dollars
    (https://openrouter.ai/docs/api/api-reference/credits/get-credits, read 2026-11-28).

    Raises:
        MalformedResponseError: It does not say that.
    """
    account = target.profile.account
    if not is_object(data):
        raise MalformedResponseError("the answer is no balance")
    if account is not None and account.says == "credits":
        return _credits(data, target.provider)
    listed = data.get("balance_infos")
    available = data.get("is_available")
    if not is_list(listed) or not isinstance(available, bool):
        raise MalformedResponseError("the answer is no balance: is_available or balance_infos")
    funds = tuple(_funds(entry) for entry in listed)
    return Balance(provider=target.provider, available=available, funds=funds, raw=data)


def _funds(entry: Any) -> Funds:
    currency = text(entry.get("currency")) if is_object(entry) else None
    if currency is None:
        raise MalformedResponseError("the balance has an entry without a currency")
    return Funds(
        currency=currency,
        total=_required(entry, "total_balance"),
        granted=_amount(entry.get("granted_balance")),
        topped_up=_amount(entry.get("topped_up_balance")),
    )


def _credits(data: JsonObject, provider: str) -> Balance:
    told = data.get("data")
    if not is_object(told):
        raise MalformedResponseError("the answer is no balance: data")
    bought, used = _required(told, "total_credits"), _required(told, "total_usage")
    left = bought - used
    funds = (Funds(currency="USD", total=left, topped_up=bought),)
    return Balance(provider=provider, available=left > 0, funds=funds, raw=data)


def _required(entry: JsonObject, name: str) -> Decimal:
    amount = _amount(entry.get(name))
    if amount is None:
        raise MalformedResponseError(f"the balance has no {name} that is an amount")
    return amount


def _amount(value: Any) -> Decimal | None:
    """Return a finite amount; a float is taken for what was written."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        amount = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):
        return None
    return amount if amount.is_finite() and abs(amount.adjusted()) < _DIGITS else None


_DIGITS = 30
"""No account has so many digits; sums of more would not be exact."""
