"""Values of a configuration file: policies, budgets, constraints, and whose mistake an error is."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from unillm._client import config_tables as tables
from unillm._client.config_tables import Kind, checked, said
from unillm._client.toml import Document, Keys
from unillm.errors import InvalidRequestError
from unillm.types.budget import Budget
from unillm.types.constraints import Constraints, MaxPrice
from unillm.types.json import is_list, is_object
from unillm.types.policy import RepairPolicy, RetryPolicy, Timeout

_ARGUMENT = re.compile(r"(?:\w+)\((\w+)=…\)")
"""How messages name an argument."""


STORE = (
    'this holds a password, which does not belong into a file: write "redis", and put the URL '
    "into the variable REDIS_URL of the environment"
)


@contextmanager
def mistakes(document: Document, keys: Keys, given: Any = None) -> Generator[None]:
    """Say of a mistake where it is; in a table, at which of its keys.

    Args:
        document: The document.
        keys: Where what is looked at stands.
        given: What stands there.
    """
    try:
        yield
    except InvalidRequestError as error:
        message = error.message
        found = _ARGUMENT.match(message)
        if found is not None:
            message = f"this{message[found.end() :]}"
            if is_object(given) and found[1] in given:
                keys = (*keys, found[1])
            elif is_object(given):
                message = f"{found[1]}{error.message[found.end() :]}"
        document.refuse(keys, message)


def policy(
    document: Document, keys: Keys, given: Any, kind: type[Any], known: Mapping[str, Kind]
) -> Any:
    """Return what a table is made into: each key an argument.

    Raises:
        InvalidRequestError: One cannot be meant.
    """
    arguments = checked(document, keys, given, known)
    with mistakes(document, keys, given):
        return kind(**arguments)


def retry(document: Document, keys: Keys, given: Any) -> RetryPolicy:
    """Return a policy for retries."""
    made: RetryPolicy = policy(document, keys, given, RetryPolicy, tables.RETRY)
    return made


def repair(document: Document, keys: Keys, given: Any) -> RepairPolicy:
    """Return a policy for repairs."""
    made: RepairPolicy = policy(document, keys, given, RepairPolicy, tables.REPAIR)
    return made


def timeout(document: Document, keys: Keys, given: Any) -> Timeout:
    """Return limits of time; a number is seconds for the whole operation."""
    table = given if is_object(given) else {"total": given}
    if not is_object(given) and type(given) not in {int, Decimal}:
        document.refuse(
            keys,
            "this must be a number of seconds for the whole operation, or a table of "
            f"{', '.join(tables.TIMEOUT)}; not {said(given)}",
        )
    made: Timeout = policy(document, keys, table, Timeout, tables.TIMEOUT)
    return made


def budgets(document: Document, keys: Keys, given: Any) -> tuple[Budget, ...]:
    """Return budgets: of ``[budget]``, or of each ``[[budget]]``."""
    if not is_list(given):
        return (_budget(document, keys, given),)
    return tuple(_budget(document, (*keys, place), one) for place, one in enumerate(given))


def _budget(document: Document, keys: Keys, given: Any) -> Budget:
    arguments = checked(document, keys, given, tables.BUDGET)
    if "usd" not in arguments:
        document.refuse(keys, "usd is missing: what may be spent, such as usd = 5.00")
    store = arguments.get("store")
    if store is not None and has_password(store):
        document.refuse((*keys, "store"), STORE)
    with mistakes(document, keys, given):
        return Budget(**arguments)


def constraints(document: Document, keys: Keys, given: Any) -> Constraints:
    """Return constraints."""
    arguments = checked(document, keys, given, tables.CONSTRAINTS)
    if "max_price" in given:
        arguments["max_price"] = policy(
            document, (*keys, "max_price"), given["max_price"], MaxPrice, tables.MAX_PRICE
        )
    with mistakes(document, keys, given):
        return Constraints(**arguments)


def has_password(url: str) -> bool:
    """Tell whether a URL holds one."""
    try:
        return bool(urlsplit(url).password) or "password=" in url
    except ValueError:  # it is no URL, which is said elsewhere
        return False
