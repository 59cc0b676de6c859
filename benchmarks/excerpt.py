"""What the README shows of a measurement: a text between two markers."""


def with_excerpt(readme: str, name: str, text: str) -> str:
    """Put a text between the markers of this name.

    Raises:
        ValueError: A marker is missing.
    """
    start, stop = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, begin, rest = readme.partition(start)
    _, end, after = rest.partition(stop)
    if not begin or not end:
        raise ValueError(f"README.md needs the markers {start} and {stop}, in this order.")
    return f"{before}{start}\n{text}{stop}{after}"
