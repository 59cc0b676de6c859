"""The rows that come with unillm: each has its source, and their periods fit together."""

import tomllib
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.house.sources import PACKAGE
from unillm.catalog import find, models
from unillm.pricing import PriceBook
from unillm.pricing.rates import rates
from unillm.providers import names, profile_named

BOOK = PriceBook.default()
ROWS = BOOK.prices
FIGURES = ("input", "output", "cached_input", "cache_write")
every = pytest.mark.parametrize(
    "row", [pytest.param(row, id=f"{n}-{row.model}") for n, row in enumerate(ROWS)]
)


def by_name():
    found = defaultdict(list)
    for row in ROWS:
        for name in {row.model, *row.ids}:
            found[row.provider, name].append(row)
    return found


@every
def test_a_row_says_who_says_so_and_when_that_was_read(row):
    assert len(row.source) > 10
    assert date(2026, 11, 1) <= date.fromisoformat(row.checked) <= date(2030, 1, 1)
    assert row.verified or row.note
    assert not row.note.endswith(".")


@every
def test_a_row_has_exact_figures_and_instants_in_utc(row):
    assert row.currency == "USD"
    for name in FIGURES:
        figure = getattr(row, name)
        assert figure is None or (isinstance(figure, Decimal) and figure > 0)
    assert row.cached_input is None or row.cached_input <= row.input
    assert row.cache_write is None or row.cache_write >= row.input
    for at in (row.since, row.until, row.perhaps_since, row.perhaps_until):
        assert at is None or at.utcoffset() == UTC.utcoffset(None)
    assert row.since >= datetime(2026, 4, 1, tzinfo=UTC)


@every
def test_the_calendars_of_a_row_are_there(row):
    known = {calendar.name for calendar in BOOK.calendars}
    assert {hours.holidays for hours in row.hours} <= {*known, None}


@every
def test_a_row_asks_no_less_for_a_long_prompt_in_any_tier(row):
    at = row.until - timedelta(microseconds=1) if row.until else datetime(2027, 1, 1, tzinfo=UTC)
    calendars = {calendar.name: calendar for calendar in BOOK.calendars}
    prompts = sorted({1, *(tier.above + more for tier in row.context for more in (0, 1)), 10**7})
    for tier in (None, *(tier.name for tier in row.tiers)):
        asked = [
            rates(row, at=at, prompt=prompt, service_tier=tier, calendars=calendars)
            for prompt in prompts
        ]
        for kind in FIGURES:
            highest = [max(getattr(one, kind) for one in found or ()) for found in asked if found]
            assert highest == sorted(highest), (tier, kind)
            assert all(figure > 0 for figure in highest)


@every
def test_a_row_survives_json(row):
    assert type(row).from_json(row.to_json()) == row


@pytest.mark.parametrize(("provider", "name"), sorted(by_name()), ids=str)
def test_periods_neither_overlap_nor_leave_a_gap_that_is_not_marked(provider, name):
    rows = sorted(by_name()[provider, name], key=lambda row: row.perhaps_since or row.since)
    for before, after in pairwise(rows):
        assert before.until == (after.perhaps_since or after.since)
        assert (before.perhaps_until or before.until) == after.since
        assert before.perhaps_until is None or before.until < before.perhaps_until


@pytest.mark.parametrize("info", [pytest.param(info, id=info.id) for info in models("openai")])
def test_every_model_of_openai_has_a_price_until_it_is_switched_off(info):
    rows = BOOK.history(provider="openai", model=info.id)
    assert rows
    end = rows[-1].until
    retired = info.retired if info.retired and info.retired <= date(2026, 11, 28) else None
    assert (end and end.date()) == retired
    for alias in info.aliases:
        assert BOOK.history(provider="openai", model=alias) == rows


@pytest.mark.parametrize("name", sorted({*names()} - {"openrouter", "huggingface"}))
def test_the_ids_that_hosts_are_asked_for_are_priced_as_the_catalog_says(name):
    for model, host_id in profile_named(name).ids.items():
        rows = BOOK.history(provider=name, model=host_id)
        assert rows == BOOK.history(provider=name, model=model)
        assert rows, (name, model)


def test_no_figure_of_the_file_is_a_float():
    text = (PACKAGE / "pricing" / "prices.toml").read_text(encoding="utf-8")
    floats = []
    tomllib.loads(text, parse_float=floats.append)
    assert floats == []


def test_only_known_providers_and_their_own_names_are_in_the_book():
    assert {row.provider for row in ROWS} <= set(names())
    for row in ROWS:
        assert find(row.model) is not None or "/" in row.model or row.model.startswith("gpt-4o-")


def test_the_holidays_of_2026_are_those_of_the_notice():
    (calendar,) = BOOK.calendars
    assert len(calendar.days) == 33  # as the press counts them
    assert len([day for day in calendar.days if day.isoweekday() < 6]) == 19
    assert all(calendar.since <= day < calendar.until for day in calendar.days)
    assert calendar.source
    assert calendar.checked == "2026-11-28"
