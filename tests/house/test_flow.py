"""Policy talks to its driver in one way: `answer = yield from Effect(...)`.

A bound bare `yield` gets an untyped answer, and a flow that is called but not delegated to never
runs. Both type-check, and both are silent.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import PACKAGE, functions, modules, own_nodes, place, tree

FLOW = PACKAGE / "_flow"


def bound_yields(module: ast.AST) -> Iterator[ast.Yield]:
    """Give each bare `yield` whose value is used."""
    statements = {
        id(node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.Yield) and id(node) not in statements:
            yield node


def generator_names(module: ast.AST) -> set[str]:
    """Give the names of the functions that are generators."""
    return {
        function.name
        for function in functions(module)
        if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function))
    }


def effect_names(module: ast.AST) -> set[str]:
    """Give the names of the classes that are effects."""
    return {
        node.name
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
        if any(ast.unparse(base).startswith("Effect") for base in node.bases)
    }


def dropped_flows(module: ast.AST, generators: set[str]) -> Iterator[ast.Call]:
    """Give each statement that calls a flow or makes an effect, and does nothing with it."""
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in generators:
                yield node.value


def allowed_file(path: Path) -> bool:
    """Tell whether a file may bind a yield: where effects are defined, `__iter__` has to."""
    return path.name == "effects.py"


def test_no_flow_binds_a_bare_yield() -> None:
    found = [
        place(path, node)
        for path in modules(FLOW)
        if not allowed_file(path)
        for node in bound_yields(tree(path))
    ]
    assert found == []


def test_only_the_iterator_of_an_effect_binds_a_yield() -> None:
    found = [
        place(path, function)
        for path in modules(FLOW)
        if allowed_file(path)
        for function in functions(tree(path))
        if function.name != "__iter__" and any(bound_yields(function))
    ]
    assert found == []


def test_no_flow_is_called_and_dropped() -> None:
    trees = {path: tree(path) for path in modules(FLOW)}
    generators = {
        name for module in trees.values() for name in generator_names(module) | effect_names(module)
    }
    found = [
        place(path, call)
        for path, module in trees.items()
        for call in dropped_flows(module, generators)
    ]
    assert generators
    assert found == []


@pytest.mark.parametrize(
    ("source", "refused"),
    [
        ("def f():\n    x = yield 1", 1),
        ("def f():\n    return (yield)", 1),
        ("def f():\n    if (yield 1): pass", 1),
        ("def f():\n    yield 1", 0),
        ("def f():\n    x = yield from g()", 0),
    ],
)
def test_bound_yields_are_seen(source: str, refused: int) -> None:
    assert len(list(bound_yields(ast.parse(source)))) == refused


DROPPED = """
class Close(Effect[None]): ...
def f():
    yield 1
def g():
    f()
    Close()
    yield from f()
    yield from Close()
    len([])
"""


def test_dropped_flows_and_effects_are_seen() -> None:
    module = ast.parse(DROPPED)
    assert generator_names(module) == {"f", "g"}
    assert effect_names(module) == {"Close"}
    assert len(list(dropped_flows(module, {"f", "g", "Close"}))) == 2
