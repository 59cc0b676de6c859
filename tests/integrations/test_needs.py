"""What an integration needs is said where it is missing, with what brings it."""

import builtins
import importlib
import sys
from importlib.util import find_spec

import pytest

import unillm
from unillm.integrations.needs import need, need_async

ROOMS = {
    "agents": ("agents", "agents"),
    "dspy": ("dspy", "dspy"),
    "inspect_ai": ("inspect_ai", "inspect-ai"),
    "langchain": ("langchain_core", "langchain"),
    "pydantic_ai": ("pydantic_ai", "pydantic-ai"),
}


@pytest.mark.parametrize("room", [room for room in ROOMS if find_spec(ROOMS[room][0]) is None])
def test_what_is_missing_is_named_with_its_extra(room: str) -> None:
    module, extra = ROOMS[room]
    with pytest.raises(ImportError, match=rf'needs {module}: pip install "unillm-sdk\[{extra}\]"'):
        importlib.import_module(f"unillm.integrations.{room}")


def test_without_openai_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unillm.integrations.needs.find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"unillm-sdk\[openai\]"):
        need("openai", "openai")


def test_openai_is_not_imported_unless_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def imported(name: str, *given: object) -> object:
        assert name.partition(".")[0] != "openai"
        return real(name, *given)  # pyright: ignore[reportArgumentType] - handed on as it came

    for name in [name for name in sys.modules if name.startswith("unillm.integrations.openai")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", imported)
    importlib.import_module("unillm.integrations.openai")


def test_a_client_that_cannot_be_awaited_is_refused() -> None:
    with unillm.Client() as client, pytest.raises(unillm.InvalidRequestError, match="AsyncClient"):
        need_async(client)
