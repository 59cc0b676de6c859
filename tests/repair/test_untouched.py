"""What is good as it is, is found so at once: with the result that the whole repair gives."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unillm.repair import UnrepairableError, compile_schema, repair_json
from unillm.repair.engine import untouched
from unillm.schemas import checks

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"enum": ["x", None]}},
    "required": ["a"],
    "additionalProperties": False,
}
UNCOVERED = {**SCHEMA, "dependentRequired": {"b": ["a"]}}

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=5,
)
texts = st.one_of(
    values.map(json.dumps),
    st.builds(lambda text, end: text[: len(text) - end], values.map(json.dumps), st.integers(1, 3)),
    st.sampled_from(['{"a":1,"a":1}', '{"a":1,"a":2}', '"\\ud800"', "1e999", "", " {} "]),
)


@given(texts, st.sampled_from([None, SCHEMA, UNCOVERED]))
def test_what_is_found_good_at_once_is_what_the_repair_finds(text: str, schema: Any):
    compiled = None if schema is None else compile_schema(schema)
    found = untouched(text, compiled)
    if found is None:
        return
    assert found == repair_json(text, schema, level="off")
    assert json.dumps(found.value) == json.dumps(repair_json(text, schema).value)


@given(values.map(json.dumps))
def test_good_texts_are_found_good_at_once(text: str):
    try:
        good = repair_json(text, SCHEMA, level="off")
    except UnrepairableError:
        assert untouched(text, compile_schema(SCHEMA)) is None
    else:
        assert untouched(text, compile_schema(SCHEMA)) == good


@pytest.mark.parametrize("kind", [RuntimeError, BaseException])
def test_a_check_that_breaks_off_tells_nothing(monkeypatch, kind):
    def breaks(_value: Any) -> bool:
        raise kind("panic")

    monkeypatch.setitem(checks._KEYWORDS, "minLength", lambda _checks, _schema: breaks)
    schema = compile_schema({"type": "string", "minLength": 1, "title": kind.__name__})
    assert untouched('"a"', schema) is None
    with pytest.raises(UnrepairableError, match="cannot be held"):
        repair_json('"a"', schema)


def test_ctrl_c_is_passed_on(monkeypatch):
    def stops(_value: Any) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setitem(checks._KEYWORDS, "minLength", lambda _checks, _schema: stops)
    schema = compile_schema({"type": "string", "minLength": 1, "title": "stops"})
    with pytest.raises(KeyboardInterrupt):
        untouched('"a"', schema)
