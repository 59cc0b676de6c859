"""The page of compared prices is what the book and genai-prices have, and says why."""

from importlib.metadata import version

import pytest

from tables.prices import ABSENT, BOOK, PAGE, absence, everything, page, unpriced
from unillm.catalog import models
from unillm.pricing.compare import explained_release, reasons
from unillm.providers import names


def test_the_page_is_made_from_what_the_two_have():
    assert version("genai-prices") == explained_release()
    assert PAGE.read_text(encoding="utf-8") == page(), "make tables"


def test_each_difference_has_its_reason_and_no_reason_is_idle():
    found = everything()
    assert [(at, one) for at, one in found if not one.why] == []
    used = {(one.why, one.source) for _, one in found}
    assert used == {(one.why, one.source) for one in reasons()}


@pytest.mark.parametrize(("provider", "model"), unpriced(), ids=str)
def test_each_model_without_a_price_has_its_reason(provider, model):
    assert absence(provider, model) is not None
    assert provider in names()


def test_a_model_is_either_priced_or_explained_and_no_explanation_is_idle():
    missing = unpriced()
    priced = [
        (provider, info.id)
        for provider in names()
        for info in models()
        if BOOK.history(provider=provider, model=info.id)
    ]
    assert len(missing) + len(priced) == len(names()) * len(models())
    assert set(map(id, ABSENT)) == {id(absence(*pair)) for pair in missing}
