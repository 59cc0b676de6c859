"""Keys that are declared under another spelling: ``filePath`` for ``file_path``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from unillm.errors import UnrepairableError

_PUNCTUATION = str.maketrans("", "", "_- .")


def folded(name: str) -> str:
    """Return a name without case and separators."""
    return name.translate(_PUNCTUATION).casefold()


def key_names(
    keys: Collection[str], declared: Iterable[str], aliases: Mapping[str, str]
) -> dict[str, str]:
    """Return the declared names that keys stand for, by the wrong name.

    A key and a name belong together if they differ by case and separators only, or if the caller
    said that one is another name of the other.

    Args:
        keys: All keys of an object.
        declared: The names the schema knows there.
        aliases: Names for declared keys, by the wrong name.

    Raises:
        UnrepairableError: A key may stand for two names, or two keys for one.
    """
    names = dict.fromkeys(declared)
    unknown = [key for key in keys if key not in names]
    if not unknown:
        return {}
    by_fold: dict[str, list[str]] = {}
    for name in names:
        by_fold.setdefault(folded(name), []).append(name)
    found: dict[str, str] = {}
    takers: dict[str, str] = {}
    for key in unknown:
        fold = folded(key)
        meant = dict.fromkeys(by_fold.get(fold, ())) if fold else {}
        if aliases.get(key) in names:
            meant[aliases[key]] = None
        if len(meant) > 1:
            message = f"the key {key!r} may be any of {', '.join(map(repr, meant))}"
            raise UnrepairableError(message, candidates=tuple(meant))
        for name in meant:
            if name in keys:
                continue
            if name in takers:
                message = f"{takers[name]!r} and {key!r} may both be {name!r}"
                raise UnrepairableError(message, candidates=(takers[name], key))
            takers[name] = key
            found[key] = name
    return found
