"""Whatever was lost nothing comes back as it was meant, or is refused; nothing is made up."""

import json

from hypothesis import event, given
from hypothesis import strategies as st

from tests.repair.shapes import drifted, fitting, objects, schemas, wrapped
from unillm.errors import UnrepairableError
from unillm.repair import compile_schema, repair_json, replay

KEYS = ["city", "City", "mode", "filePath", "file_path", "isOn", "arguments", "name", "b"]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["1", "a", "true", "RED", "[1]", "{}"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.data())
def test_what_lost_nothing_comes_back_or_is_refused(data):
    schema, value = data.draw(objects())
    text = data.draw(wrapped(data.draw(drifted(schema, value))))
    received = json.loads(text)
    if compile_schema(schema).fits(received):
        assert repair_json(text, schema).edits == ()
        return
    try:
        found = repair_json(text, schema)
    except UnrepairableError:
        event("refused")
        return
    event("repaired")
    assert exact(found.value) == exact(value)
    assert exact(json.loads(replay(text, found.edits))) == exact(value)
    again = repair_json(replay(text, found.edits), schema)
    assert again.edits == ()
    assert exact(again.value) == exact(value)


@given(fitting(3))
def test_what_fits_is_left_alone(pair):
    schema, value = pair
    for text in (json.dumps(value), json.dumps(value, indent=1, ensure_ascii=False)):
        found = repair_json(text, schema, level="salvage")
        assert found.edits == ()
        assert exact(found.value) == exact(value)


@given(fitting(3), JSON, st.sampled_from(["schema", "salvage"]))
def test_what_comes_out_fits_and_was_in_the_text(pair, received, level):
    schema, _ = pair
    text = json.dumps(received)
    try:
        found = repair_json(text, schema, level=level, aliases={"b": "city"})
    except UnrepairableError:
        event("refused")
        return
    event("repaired" if found.edits else "untouched")
    assert compile_schema(schema).fits(found.value)
    assert exact(json.loads(replay(text, found.edits))) == exact(found.value)
    assert leaves(found.value) <= leaves(received) | ({"{}"} if received is None else set())
    assert found.lossy is (found.level == "salvage")


@given(schemas(), JSON, st.sampled_from(["schema", "salvage"]))
def test_whatever_the_schema_it_fits_or_is_refused(schema, received, level):
    text = json.dumps(received)
    try:
        found = repair_json(text, schema, level=level)
    except UnrepairableError:
        event("refused")
        return
    event("repaired" if found.edits else "untouched")
    assert compile_schema(schema).fits(found.value)
    assert exact(json.loads(replay(text, found.edits))) == exact(found.value)


def exact(value):
    """Return what tells 1 from 1.0 and from true."""
    return json.dumps(value)


def leaves(value):
    """Return what is said at the ends of a value, whatever its type and case."""
    if isinstance(value, list | dict):
        inner = value.values() if isinstance(value, dict) else value
        return set().union(*map(leaves, inner)) if value else {json.dumps(value)}
    if isinstance(value, str) and value in {"[1]", "{}"}:
        return leaves(json.loads(value)) | {value}
    return {str(value).casefold() if value is not None else "null"}
