"""What stands between two markers of the README is replaced, and nothing else."""

import pytest

from benchmarks.excerpt import with_excerpt

BEGIN, END = "<!-- x:begin -->", "<!-- x:end -->"


@pytest.mark.parametrize("readme", ["nothing", f"only {BEGIN}", f"{END} {BEGIN}"])
def test_it_needs_its_markers(readme: str):
    with pytest.raises(ValueError, match="needs the markers"):
        with_excerpt(readme, "x", "new\n")


def test_it_takes_the_place_of_the_last_one():
    once = with_excerpt(f"before\n{BEGIN}\nold\n{END}\nafter\n", "x", "new\n")
    assert once == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    assert with_excerpt(once, "x", "new\n") == once
