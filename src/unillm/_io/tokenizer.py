"""Tokenizers that are on this machine. Nothing is fetched: what is not here is told so."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from unillm._flow.effects import Count
from unillm.types.dataclass import dataclass

_ADDRESS = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
_HASHES = {
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
}
"""Of the files that tiktoken loads (tiktoken 0.14.0, tiktoken_ext/openai_public.py, read
2026-11-28). It fetches one anew that has another, without a time limit."""
_MANY = 50_000
_BLANKS = re.compile(rf"(?<!\s)\s{{{_MANY + 1},}}")
_NEWEST = "o200k_base"
_FILES = {"o200k_harmony": "o200k_base"}
QUICK = 10_000
"""Characters that are counted in a millisecond or two."""


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """What there is for a model.

    Attributes:
        count: Counts the tokens of a text; None: it is not here.
        exact: Whether it is known to be the model's own.
        told: Which one it is; or why it is not here, and what to do.
    """

    count: Callable[[str], int] | None
    exact: bool
    told: str


def tokenizer_for(model: str) -> Tokenizer:
    """Return what there is for one of OpenAI's models."""
    try:
        import tiktoken
        import tiktoken.model
        import tiktoken.registry
    except ImportError:
        told = 'To count with OpenAI\'s tokenizer: pip install "unillm-sdk[tokens]"'
        return Tokenizer(None, exact=False, told=told)
    try:
        name, exact = tiktoken.model.encoding_name_for_model(model), True
    except KeyError:
        name, exact = _NEWEST, False
    if name not in tiktoken.registry.ENCODINGS and not _is_here(_FILES.get(name, name)):
        told = (
            f"tiktoken's {name} is not on this machine: have it fetched once with "
            f"python -c \"import tiktoken; tiktoken.get_encoding('{name}')\""
        )
        return Tokenizer(None, exact=False, told=told)
    doubt = "" if exact else f"; that {model} has the same is not known"
    return Tokenizer(_counter(name), exact=exact, told=f"tiktoken's {name}{doubt}")


def counted(effect: Count) -> tuple[int, ...] | None:
    """Return how many tokens texts have, each by itself; None: that cannot be told exactly.

    A text that has to be cut to be counted has as many as bytes: whole, it might have more.
    """
    if not _is_installed():
        return None
    here = tokenizer_for(effect.model)
    if here.count is None or not here.exact:
        return None
    try:
        return tuple(_most(text, here.count) for text in effect.texts)
    except Exception:  # noqa: BLE001 - whatever it fails with, the bytes are a bound as well
        return None


def is_quick(effect: Count) -> bool:
    """Tell whether counting takes no longer than an event loop can wait: nothing is loaded."""
    if not _is_installed():
        return True
    registry = sys.modules.get("tiktoken.registry")
    loaded = registry is not None and bool(registry.ENCODINGS)
    return loaded and sum(map(len, effect.texts)) <= QUICK


@lru_cache(maxsize=1)
def _is_installed() -> bool:
    """Tell it as it was first: to look again at each call takes longer than the call may."""
    return find_spec("tiktoken") is not None


def _most(text: str, count: Callable[[str], int]) -> int:
    is_cut = len(text) > _MANY and _BLANKS.search(text) is not None
    return len(text.encode("utf-8", "surrogatepass")) if is_cut else count(text)


def _counter(name: str) -> Callable[[str], int]:
    import tiktoken

    encoding: Any = tiktoken.get_encoding(name)

    def count(text: str) -> int:
        return sum(len(encoding.encode_ordinary(piece)) for piece in _pieces(text))

    return count


def _pieces(text: str) -> Iterator[str]:
    """Cut a text where blanks have no end: tiktoken's expressions look through all of them.

    Of a million it panics with what is no Exception (tiktoken 0.14.0, asked 2026-11-28).
    """
    done = 0
    for blanks in _BLANKS.finditer(text):
        for end in range(blanks.start() + _MANY, blanks.end(), _MANY):
            yield text[done:end]
            done = end
    yield text[done:]


def _is_here(name: str) -> bool:
    """Tell whether tiktoken has the file of an encoding, whole."""
    place = os.environ.get("TIKTOKEN_CACHE_DIR", os.environ.get("DATA_GYM_CACHE_DIR"))
    if place == "" or name not in _HASHES:
        return False
    folder = Path(place) if place else Path(tempfile.gettempdir()) / "data-gym-cache"
    # That is how the file is called, not a secret.
    key = hashlib.sha1(_ADDRESS.format(name).encode(), usedforsecurity=False).hexdigest()
    try:
        status = (folder / key).stat()
        return _is_whole(folder / key, status.st_size, status.st_mtime_ns, _HASHES[name])
    except OSError:
        return False


@lru_cache(maxsize=16)
def _is_whole(path: Path, _size: int, _changed: int, expected: str) -> bool:
    return hashlib.sha256(path.read_bytes()).hexdigest() == expected
