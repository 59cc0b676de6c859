"""Nothing, or null, where an object is wanted that need not hold anything."""

from __future__ import annotations

from collections.abc import Iterator

from unillm.repair.changes import Change
from unillm.repair.misfit import Whole
from unillm.repair.options import Options
from unillm.schemas import CompiledSchema

_RULE = "empty_arguments"


def empty_arguments(whole: Whole) -> Iterator[list[Change]]:
    """Give the empty object for null and for an empty string, if the schema requires nothing.

    Hosts write the arguments of a tool without parameters like that (langroid#988).
    """
    if whole.value is not None and not (isinstance(whole.value, str) and not whole.value.strip()):
        return
    if whole.options.schema is not None and _takes_nothing(whole.options.schema):
        yield [Change(0, len(whole.text), "{}", _RULE, "protocol")]


def without_arguments(text: str, options: Options) -> list[Change]:
    """Return the change of a blank text to the empty object, if nothing was cut off.

    Hosts write the arguments of a tool without parameters like that (vllm#19419).
    """
    if text.strip() or options.level in {"off", "syntax"} or options.complete is False:
        return []
    if options.schema is None or not _takes_nothing(options.schema):
        return []
    return [Change(0, len(text), "{}", _RULE, "protocol")]


def _takes_nothing(schema: CompiledSchema) -> bool:
    """Tell whether a schema wants an object, and takes the empty one."""
    return schema.fits({}) and not schema.fits(None) and not schema.fits("")
