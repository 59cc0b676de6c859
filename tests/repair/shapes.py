"""Schemas with values that fit them, and such values as models get them wrong."""

import json

from hypothesis import strategies as st

from unillm.repair import compile_schema

NAMES = ["file_path", "max_size", "city", "user_id", "mode", "is_on", "sort_by", "tags_2"]
CHOICES = ["red", "Green", "DARK_BLUE", "en-GB", "straße"]
WRAPPERS = ["arguments", "parameters", "input", "args", "kwargs", "properties", "toolInput"]
PLAIN = st.text(alphabet="ab1 .-_\"\\'é\n,{[:", max_size=8)
SPELLINGS = [
    str.upper,
    str.title,
    lambda name: name.replace("_", "-"),
    lambda name: name.replace("_", " "),
    lambda name: name.replace("_", ""),
    lambda name: name[0] + name.title().replace("_", "")[1:],
]


@st.composite
def scalars(draw):
    """Draw a schema of a scalar, and a value that fits it."""
    kind = draw(st.sampled_from(["string", "choice", "integer", "number", "boolean"]))
    if kind == "choice":
        return {"type": "string", "enum": CHOICES}, draw(st.sampled_from(CHOICES))
    values = {
        "string": PLAIN | st.integers(-99, 99).map(str),
        "integer": st.integers(-(10**20), 10**20),
        "number": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9),
        "boolean": st.booleans(),
    }
    return {"type": kind}, draw(values[kind])


@st.composite
def lists(draw, depth):
    """Draw a schema of a list, and a list that fits it."""
    schema, first = draw(fitting(depth - 1))
    if schema.get("type") == "integer":
        return {"type": "array", "items": schema}, draw(st.lists(st.integers(), max_size=3))
    return {"type": "array", "items": schema}, draw(st.sampled_from([[], [first], [first, first]]))


@st.composite
def objects(draw, depth=2):
    """Draw a schema of an object that takes no other keys or requires all, and one that fits."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    members = {name: draw(fitting(depth - 1)) for name in names}
    schema = {"type": "object", "properties": {n: schema for n, (schema, _) in members.items()}}
    value = {name: value for name, (_, value) in members.items()}
    if draw(st.booleans()):
        schema["required"] = names
    else:
        schema["additionalProperties"] = False
        schema["required"] = names[:1]
        value = {n: v for n, v in value.items() if n == names[0] or draw(st.booleans())}
    return schema, value


@st.composite
def fitting(draw, depth):
    """Draw a schema, and a value that fits it."""
    kinds = [scalars()] if depth <= 0 else [scalars(), lists(depth), objects(depth)]
    schema, value = draw(st.one_of(kinds))
    if draw(st.integers(0, 4)) == 0:
        schema = {"anyOf": [schema, {"type": "null"}]}
        value = draw(st.sampled_from([value, value, None]))
    return schema, value


@st.composite
def drifted(draw, schema, value):
    """Draw what a model may have written for a value that fits a schema."""
    inner = schema["anyOf"][0] if "anyOf" in schema else schema
    if isinstance(value, list):
        value = [draw(drifted(inner["items"], item)) for item in value]
    elif isinstance(value, dict):
        value = {
            name: draw(drifted(inner["properties"][name], held)) for name, held in value.items()
        }
    wrong = [other for other in others(inner, value) if not compile_schema(schema).fits(other)]
    return draw(st.sampled_from([value, *wrong]))


def others(schema, value):
    """Give what else a value may be written as, without anything being lost."""
    if isinstance(value, bool):
        yield from (str(value), json.dumps(value), str(value).upper())
    elif value is None:
        yield "None"
    elif isinstance(value, int | float):
        yield json.dumps(value)
    elif isinstance(value, str):
        if "enum" in schema:
            yield from (value.upper(), value.lower(), value.title())
        elif value.lstrip("-").isdigit() and str(int(value)) == value:
            yield int(value)
    elif isinstance(value, list):
        yield json.dumps(value)
        yield repr(value)
        if len(value) == 1 and not (isinstance(value[0], str) and value[0].strip()[:1] in "[{\"'`"):
            yield value[0]
    else:
        yield json.dumps(value)
        for spelling in SPELLINGS:
            yield {spelling(name): held for name, held in value.items()}


@st.composite
def wrapped(draw, value):
    """Draw a text for a value, with what models put around it."""
    for _ in range(draw(st.integers(0, 2))):
        how = draw(st.sampled_from(["wrapper", "call", "string", "wrapped string"]))
        if how == "wrapper":
            value = {draw(st.sampled_from(WRAPPERS)): value}
        elif how == "call":
            value = {"name": "f", "arguments": value}
        elif how == "string":
            value = json.dumps(value)
        else:
            value = {"arguments": json.dumps(value, ensure_ascii=False)}
    ascii_only = draw(st.booleans())
    return json.dumps(value, ensure_ascii=ascii_only, indent=draw(st.sampled_from([None, 2])))


def schemas():
    """Draw a schema with any keywords, which may be impossible to satisfy."""
    types = st.sampled_from(["string", "integer", "number", "boolean", "null", "array", "object"])
    words = st.sampled_from(["a", "RED", "1", "x_y"])
    names = st.sampled_from(["city", "mode", "file_path", "is_on", "name", "b"])
    leaf = st.one_of(
        types.map(lambda kind: {"type": kind}),
        st.lists(types, min_size=1, max_size=3, unique=True).map(lambda kinds: {"type": kinds}),
        st.lists(words | st.integers(0, 3), min_size=1, max_size=3, unique_by=repr).map(
            lambda choices: {"enum": choices}
        ),
        words.map(lambda word: {"const": word}),
        st.sampled_from([{"properties": {"b": {"$ref": "#"}}}, {"items": {"$ref": "#"}}]),
        st.just({"$ref": "#/$defs/nowhere"}),
        st.booleans(),
    )

    def combined(inner):
        several = st.lists(inner, min_size=1, max_size=3)
        members = st.dictionaries(names, inner, max_size=3)
        required = st.lists(names, max_size=2, unique=True)
        return st.one_of(
            st.fixed_dictionaries(
                {"properties": members},
                optional={
                    "type": st.just("object"),
                    "required": required,
                    "additionalProperties": inner,
                    "unevaluatedProperties": st.just(False),
                    "patternProperties": st.dictionaries(st.just("^is"), inner, max_size=1),
                    "propertyNames": inner,
                    "dependentRequired": st.dictionaries(names, required, max_size=1),
                    "dependentSchemas": members,
                    "minProperties": st.integers(0, 2),
                },
            ),
            st.fixed_dictionaries(
                {"items": inner},
                optional={
                    "type": st.just("array"),
                    "minItems": st.integers(0, 2),
                    "prefixItems": several,
                    "contains": inner,
                },
            ),
            several.map(lambda branches: {"anyOf": branches}),
            several.map(lambda branches: {"oneOf": branches}),
            several.map(lambda branches: {"allOf": branches}),
            st.fixed_dictionaries({"if": inner, "then": inner, "else": inner}),
            inner.map(lambda schema: {"not": schema}),
        )

    found = st.recursive(leaf, combined, max_leaves=8)
    return found.filter(lambda schema: isinstance(schema, dict))
