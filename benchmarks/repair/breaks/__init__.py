"""The ways to break a call, by family; two of one family seldom go together."""

from importlib import import_module

from benchmarks.repair.drafts import BREAKS

FAMILIES: dict[str, int] = {}
"""The family of each break, in the order in which they may follow one another."""

# Strings come before quotes, as they write a string anew.
for _at, _name in enumerate(
    ["values", "strings", "quotes", "literals", "structure", "several", "noise", "wrapping"]
):
    import_module(f"{__name__}.{_name}")
    for _kind in BREAKS:
        FAMILIES.setdefault(_kind, _at)
