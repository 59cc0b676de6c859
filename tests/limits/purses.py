"""Clients with a price, a budget and a fake provider that keeps its own bill."""

from decimal import Decimal

import unillm
from tests.client.ways import server
from unillm.pricing import PriceBook

PRICE = unillm.Price(
    provider="fake",
    model="fake-model",
    input=Decimal(1),
    cached_input=Decimal(1),
    output=Decimal(2),
)
BOOK = PriceBook.default().with_(PRICE)
TOKENS = 100
"""How long answers may be."""


def priced(fake, budget, **options):
    """Give the options of a client whose every call may cost $0.0025 or so, and costs less."""
    given = {
        "providers": [server(fake)],
        "prices": BOOK,
        "budget": budget,
        "max_tokens": TOKENS,
        "model": "fake:fake-model",
    }
    return {**given, **options}


def billed(fake, price=PRICE):
    """Give what the provider bills, in US dollars: what was cut or left as far as it was sent."""
    total = Decimal(0)
    for one in fake.billed.values():
        total += one.input_tokens * price.input + one.output_tokens * price.output
    return total.scaleb(-6)


def of(budget, client_states):
    """Give the state of one budget."""
    (state,) = [state for state in client_states if state.budget == budget.name]
    return state
