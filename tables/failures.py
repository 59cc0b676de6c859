"""The table of failures in the page on them: `make tables`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from unillm.routing.failures import TABLE, Travels
from unillm.types.health import Cooling

PAGE = Path(__file__).parent.parent / "docs" / "failures.md"
BEGIN = (
    "<!-- Made by `make tables` from routing/failures.py, as far as the next mark; do not edit. -->"
)
END = "<!-- The end of what is made. -->"
TRAVELS: Mapping[Travels, str] = {
    "no": "is asked nobody else",
    "yes": "goes to the next target",
    "larger": "goes to one with a larger window",
    "allowed": 'goes on with `on_content_policy="next"`',
}
COOLS: Mapping[Cooling, str] = {
    "none": "nothing",
    "failure": "it failed",
    "rate": "it is asked too much",
    "quota": "put by at once, its account is empty",
    "auth": "put by at once, its key or model is wrong",
}


def rows() -> Iterator[str]:
    """Give the lines of the table."""
    heads = ("failure", "exceptions", "the call", "the same target again", "its health", "why")
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for row in TABLE:
        errors = ", ".join(f"`{error.__name__}`" for error in row.errors)
        again = "after a pause" if row.stays else "no"
        cells = (row.kind, errors, TRAVELS[row.travels], again, COOLS[row.cools], row.why)
        yield f"| {' | '.join(cells)} |"


def page(text: str) -> str:
    """Return the text of the page with the table as it is now."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return "\n".join([before + BEGIN, "", *rows(), "", END]) + after


def main() -> None:
    """Write the table into the page."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(TABLE)} rows\n")


if __name__ == "__main__":
    main()
