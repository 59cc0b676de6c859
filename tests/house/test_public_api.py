"""What `import unillm` offers is listed, importable and documented."""

import griffe
import pytest

import unillm
from tables.dataclasses_in_docs import Dataclasses

PUBLIC = list(unillm.__all__)


def order(name: str) -> tuple[int, str]:
    """Sort as ruff's RUF022 does: CONSTANTS, Classes, functions."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


@pytest.fixture(scope="module")
def package() -> griffe.Module:
    """Read the sources as a documentation tool does, without running them."""
    extensions = griffe.load_extensions(Dataclasses)
    loaded = griffe.load(
        "unillm", extensions=extensions, resolve_aliases=True, resolve_external=False
    )
    assert isinstance(loaded, griffe.Module)
    return loaded


def test_the_list_of_public_names_is_sorted() -> None:
    assert sorted(set(PUBLIC), key=order) == PUBLIC


def test_the_list_names_nothing_private() -> None:
    assert [name for name in PUBLIC if name.startswith("_") and name != "__version__"] == []


def test_every_public_name_completes() -> None:
    assert [name for name in PUBLIC if name not in dir(unillm)] == []


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_importable(name: str) -> None:
    assert getattr(unillm, name) is not None


@pytest.mark.parametrize("name", [name for name in PUBLIC if name != "__version__"])
def test_a_public_name_is_documented(package: griffe.Module, name: str) -> None:
    assert package[name].has_docstring, f"{name} has no docstring at its definition"


def test_what_a_value_is_made_of_is_documented(package: griffe.Module) -> None:
    usage = package["Usage"].final_target
    assert [parameter.name for parameter in usage.parameters][:2] == ["self", "input_tokens"]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        unillm.nonsense  # type: ignore[attr-defined]  # noqa: B018  (reading it is the test)
