"""The page of each provider is what its profile says."""

from __future__ import annotations

import re

import pytest

from tables.providers import FOLDER, TITLES, pages
from unillm.providers import names, profile_named

PAGES = pages()
every = pytest.mark.parametrize("name", names())


def test_the_pages_are_made_from_what_the_code_does():
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert kept == PAGES, "make tables"


def test_there_is_a_page_for_each_provider_and_all_are_listed():
    assert set(PAGES) == {"index.md", *(f"{name}.md" for name in names())}
    assert set(names()) == set(TITLES)
    assert re.findall(r"\]\((\w+)\.md\)", PAGES["index.md"]) == list(names())


@every
def test_a_page_says_all_that_is_known(name):
    profile, page = profile_named(name), PAGES[f"{name}.md"]
    assert profile.api_key_env
    assert profile.api_key_env in page
    assert (profile.base_url or "At an address of your own") in page
    for model, served in profile.ids.items():
        assert f"| `{model}` | `{served}` |" in page
    for fact in (*profile.facts.values(), *profile.place.facts.values()):
        assert fact.reason[1:].replace("|", "\\|") in page
        assert f"read {fact.checked}" in page
    for limit in profile.limits:
        assert limit.fact.reason in page
    assert ('!!! warning "Experimental"' in page) is bool(profile.experimental)
    assert page.count("not known |") >= sum(
        getattr(profile.place, field) is None
        for field in ("jurisdiction", "no_training", "retention_days")
    )


@every
def test_every_number_leads_to_a_source(name):
    page = PAGES[f"{name}.md"]
    asked = set(re.findall(r"\]\(#s(\d+)\)", page))
    assert asked == set(re.findall(r'<a id="s(\d+)">', page))
    assert asked
