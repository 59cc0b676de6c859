"""Late methods of dataclasses: what is made is what the standard decorator makes."""

import dataclasses
import inspect
import pickle
import re
import sys
import threading
import typing
from collections.abc import Callable
from dataclasses import KW_ONLY, FrozenInstanceError, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest
from pydantic import TypeAdapter, ValidationError

import unillm
from unillm.types import dataclass as late

ROOT = Path(unillm.__file__).parent
OPTIONAL = {"display", "testing", "cli", "integrations"}
"""Rooms that need packages of their extras."""


def plain(make: Callable[..., Any]) -> Any:
    @make
    class Plain:
        """Two figures."""

        a: int
        b: list[int] = field(default_factory=list)
        c: str = "c"

    return Plain


def frozen(make: Callable[..., Any]) -> Any:
    @make(frozen=True, slots=True)
    class Frozen:
        """Fields of all kinds."""

        a: int
        _: KW_ONLY
        b: "int" = 2
        c: list[int] = field(default_factory=list, hash=False)
        d: int = field(default=4, init=False)
        e: list[int] = field(default_factory=list, init=False, compare=False)
        f: str

        def __post_init__(self):
            object.__setattr__(self, "d", self.a + 1)

        def total(self):
            return self.a + self.b

    return Frozen


def empty(make: Callable[..., Any]) -> Any:
    @make(slots=True)
    class Empty:
        """Nothing."""

    return Empty


def own(make: Callable[..., Any]) -> Any:
    @make(slots=True, frozen=True, kw_only=True)
    class Own:
        """Methods of its own."""

        a: int = 1

        def __repr__(self):
            return "mine"

        def __eq__(self, other):
            return True

        def __hash__(self):
            return 7

        def __getstate__(self):
            return [8]

    return Own


def hashed(make: Callable[..., Any]) -> Any:
    @make(slots=True, unsafe_hash=True)
    class Hashed:
        """One that can be changed."""

        a: int = field(default=1, repr=False)

    return Hashed


def bare(make: Callable[..., Any]) -> Any:
    @make(eq=False, repr=False, init=False, match_args=False)
    class Bare:
        """Fields alone."""

        a: int = 1

    return Bare


def equal(make: Callable[..., Any]) -> Any:
    @make(frozen=True)
    class Equal:  # noqa: PLW1641 - what becomes of its hash is the question
        """Its own idea of being equal."""

        a: int = 1

        def __eq__(self, other):
            return self is other

    return Equal


def ordered(make: Callable[..., Any]) -> Any:
    @make(order=True, frozen=True)
    class Ordered:
        """In order."""

        a: int = 1

    return Ordered


MAKERS = [plain, frozen, empty, own, hashed, bare, equal, ordered]
both = pytest.mark.parametrize("maker", MAKERS)


def pair(maker: Callable[..., Any]) -> tuple[Any, Any]:
    return maker(late.dataclass), maker(dataclasses.dataclass)


def made(kind: Any) -> Any:
    known = {"plain": {"a": 1}, "frozen": {"a": 1, "f": "f"}}
    return kind(**known.get(kind.__name__.lower(), {}))


def told(kind: Any, do: Callable[[Any], Any]) -> Any:
    """Return what comes of it, or what it raises; addresses do not matter."""
    try:
        found = do(kind)
    except (AttributeError, TypeError, ValidationError) as error:
        found = type(error), str(error)
    return re.sub("0x[0-9a-f]+", "0x", repr(found))


ASKED: dict[str, Callable[[Any], Any]] = {
    "signature": lambda kind: str(inspect.signature(kind)),
    "parameters": lambda kind: str(inspect.signature(kind.__init__)),
    "hints": lambda kind: kind.__init__.__annotations__,
    "doc": lambda kind: kind.__doc__,
    "matched": lambda kind: getattr(kind, "__match_args__", None),
    "slots": lambda kind: kind.__dict__.get("__slots__"),
    "fields": lambda kind: [(one.name, one.type, one.kw_only) for one in dataclasses.fields(kind)],
    "options": lambda kind: repr(kind.__dataclass_params__),
    "repr": lambda kind: repr(made(kind)),
    "named": lambda kind: [
        getattr(kind, name).__qualname__ for name in ("__init__", "__repr__", "__eq__")
    ],
    "equal": lambda kind: [made(kind) == made(kind), made(kind) == 1],
    "hashable": lambda kind: [kind.__hash__ is None, isinstance(hash(made(kind)), int)],
    "same hash": lambda kind: hash(made(kind)) == hash(made(kind)),
    "as a dict": lambda kind: dataclasses.asdict(made(kind)),
    "replaced": lambda kind: dataclasses.asdict(dataclasses.replace(made(kind))),
    "set": lambda kind: setattr(made(kind), "a", 3),
    "deleted": lambda kind: delattr(made(kind), "a"),
    "unknown": lambda kind: kind(1, 2, 3, 4),
    "missing": lambda kind: kind(),
    "state": lambda kind: kind.__getstate__(made(kind)),
    "as json": lambda kind: TypeAdapter(kind).dump_python(made(kind)),
    "from json": lambda kind: dataclasses.asdict(TypeAdapter(kind).validate_python({"a": 1})),
}


@both
@pytest.mark.parametrize("asked", ASKED)
def test_it_is_what_the_standard_decorator_makes(maker, asked):
    ours, theirs = (told(kind, ASKED[asked]) for kind in pair(maker))
    assert ours == theirs


def test_a_method_is_written_once_and_shared() -> None:
    kind = frozen(late.dataclass)
    assert isinstance(kind.__dict__["__init__"], late._Late)
    first = kind.__init__
    assert kind.__dict__["__init__"] is first
    assert isinstance(kind.__dict__["__repr__"], late._Late)


def test_a_subclass_calls_what_was_not_written_yet() -> None:
    class Below(plain(late.dataclass)):
        def __init__(self, a):
            super().__init__(a, c="below")

    assert (Below(1).a, Below(1).c) == (1, "below")


def test_a_subclass_of_a_frozen_one_may_have_attributes_of_its_own() -> None:
    class Below(equal(late.dataclass)):
        pass

    value = Below()
    value.note = "kept"
    assert value.note == "kept"
    del value.note
    with pytest.raises(FrozenInstanceError):
        value.a = 2
    with pytest.raises(FrozenInstanceError):
        del value.a


def test_a_dataclass_below_another_is_the_standard_one() -> None:
    @late.dataclass(frozen=True)
    class Below(equal(late.dataclass)):
        """One field more."""

        b: int = 2

    assert repr(Below(3)).endswith("Below(a=3, b=2)")


@late.dataclass(frozen=True, slots=True)
class Kept:
    """Something to be pickled."""

    a: int
    b: Literal["b"] = "b"


def test_it_is_pickled_as_the_standard_one_is() -> None:
    value = Kept(1)
    assert pickle.loads(pickle.dumps(value)) == value
    assert value.__getstate__() == [1, "b"]


def test_hints_are_found_where_the_class_is() -> None:
    assert typing.get_type_hints(Kept.__init__) == {
        "a": int,
        "b": Literal["b"],
        "return": type(None),
    }


def test_threads_may_make_the_first_one_together() -> None:
    for _ in range(20):
        kind, found = plain(late.dataclass), []
        barrier = threading.Barrier(4)

        def make(kind=kind, found=found, barrier=barrier):
            barrier.wait()
            found.append(kind(1))

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [kind(1)] * 4


@pytest.mark.parametrize("slots", [False, True])
def test_fields_may_have_any_name(slots: bool) -> None:
    @late.dataclass(frozen=True, slots=slots)
    class Odd:
        put: str = "p"
        factory: list[int] = dataclasses.field(default_factory=list)
        make_factory: int = 1
        given_put: int = 2
        outer: int = 3

    odd = Odd()
    assert dataclasses.astuple(odd) == ("p", [], 1, 2, 3)
    assert odd == Odd("p", [], 1, 2, 3)
    assert odd.factory is not Odd().factory


def test_what_is_no_field_is_left_to_the_standard_decorator() -> None:
    @late.dataclass
    class Given:
        at: int
        more: dataclasses.InitVar[int] = 2

        def __post_init__(self, more: int) -> None:
            self.at += more

    assert Given(1).at == 3
    assert Given(1, 5).at == 6

    def own() -> None:
        @late.dataclass(frozen=True)
        class Own:
            at: int

            def __setattr__(self, name: str, value: object) -> None: ...

    with pytest.raises(TypeError, match="overwrite attribute __setattr__"):
        own()


def test_a_class_outlives_its_module(monkeypatch) -> None:
    module = ModuleType("gone")
    monkeypatch.setitem(sys.modules, "gone", module)
    space: dict[str, Any] = {"__module__": "gone", "__annotations__": {"at": "int"}}
    made: Any = late.dataclass(frozen=True)(type("Made", (), space))
    monkeypatch.delitem(sys.modules, "gone")
    assert made(1) == made(1)
    assert made(1).at == 1


def every_dataclass() -> list[type]:
    rooms = [
        path.relative_to(ROOT.parent).with_suffix("")
        for path in sorted(ROOT.rglob("*.py"))
        if path.relative_to(ROOT).parts[0].removesuffix(".py") not in OPTIONAL
    ]
    for room in rooms:
        import_module(".".join(room.parts).removesuffix(".__init__"))
    return [
        kind
        for name, module in sorted(sys.modules.items())
        if name.startswith("unillm.")
        for kind in vars(module).values()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__ == name
    ]


def test_every_dataclass_of_ours_is_made_with_the_signature_of_a_standard_one() -> None:
    found = every_dataclass()
    assert len(found) > 200
    for kind in found:
        fields = {one.name: one for one in map(late.copy, dataclasses.fields(kind))}
        space = {"__annotations__": {name: one.type for name, one in fields.items()}, **fields}
        standard = dataclasses.dataclass(type("Standard", (), {"__doc__": "", **space}))
        assert kind.__doc__, kind
        if kind.__dataclass_params__.init:
            ours, theirs = (inspect.signature(one.__init__) for one in (kind, standard))
            assert str(ours) == str(theirs)


def test_no_module_uses_the_standard_decorator() -> None:
    named = [
        str(path)
        for path in ROOT.rglob("*.py")
        # Those of integrations extend dataclasses of the frameworks, and load beside them.
        if path.stem != "dataclass"
        and "integrations" not in path.parts
        and "dataclass," in (text := path.read_text(encoding="utf-8"))
        and "from dataclasses import dataclass" in text
    ]
    assert named == []
