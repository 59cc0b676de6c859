"""The keys that rows are known by."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unillm
from unillm._client.config import Config
from unillm._client.row_given import Keys, canonical, row_given

CONFIG = Config.read(providers=["openai"], options={"model": "openai:gpt-5.5"})


def key(row, output=None, **options):
    return Keys(output).key_of(row_given(row), CONFIG, **options)


def test_a_key_is_the_same_in_every_process_and_version():
    # Whoever changes these makes every checkpoint of users worthless: they would pay again.
    assert key("hi") == "sha256:85da5fa1bdec4abb806a814137d7e59f"
    row = {"messages": ["hi", unillm.AssistantMessage("yes"), "so?"], "temperature": 0.5}
    assert (
        key(row, tools=[{"type": "web_search"}], output=int)
        == "sha256:59d262eecc0ca58c25106f525684b13b"
    )


def test_it_does_not_hang_on_the_order_of_hashes():
    program = (
        "from tests.client.test_row_given import key;"
        "print(key({'messages': 'hi', 'temperature': 1, 'extra_body': {'b': 1, 'a': 2}}))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"output": int}, {"output": str}),
        ({"output": {"type": "object"}}, {"output": {"type": "array"}}),
        ({"output": None}, {"output": int}),
        ({"tools": ()}, {"tools": [{"type": "web_search"}]}),
        ({"system": None}, {"system": "Be brief."}),
    ],
    ids=repr,
)
def test_what_else_is_asked_is_in_it(one, other):
    assert key("hi", **one) != key("hi", **other)


def test_what_is_no_output_is_refused():
    with pytest.raises(unillm.InvalidRequestError, match="neither a type"):
        Keys(object())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(JSON, JSON)
def test_different_values_are_written_differently(one, other):
    assert (canonical(one) == canonical(other)) == (repr_of(one) == repr_of(other))


def repr_of(value):
    """Write a value down with its types, its keys in order."""
    if isinstance(value, dict):
        return {name: repr_of(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [repr_of(one) for one in value]
    return repr(value)


@given(st.lists(st.sampled_from("abc")), st.randoms(use_true_random=False))
def test_another_order_has_the_same_keys(words, random):
    def keys_of(rows):
        keys = Keys()
        return [keys.key_of(row_given(row), CONFIG) for row in rows]

    first = keys_of(words)
    assert len(set(first)) == len(first)
    random.shuffle(words)
    assert sorted(keys_of(words)) == sorted(first)
