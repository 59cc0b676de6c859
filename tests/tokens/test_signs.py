"""Signs are counted by what they are, in one go as one by one."""

from hypothesis import given
from hypothesis import strategies as st

from unillm.tokens import estimate, rule_for
from unillm.types.messages import UserMessage
from unillm.types.request import ChatRequest

KINDS = st.sampled_from(
    ["a", " ", "ß", "字", "한", "豈", "\uff21", "𠀀", "😀", "\ud800", "\U00040000"]
)


def likely(text: str) -> int:
    rule = rule_for(None)
    return estimate(ChatRequest(messages=(UserMessage(text),)), rule).tokens


@given(st.lists(KINDS, min_size=40, max_size=80))
def test_the_order_of_signs_does_not_matter(signs: list[str]) -> None:
    assert likely("".join(signs)) == likely("".join(sorted(signs)))


def test_each_kind_has_its_own_weight() -> None:
    rule, many = rule_for(None), 1_000
    for signs, weight in (
        ("字한豈\uff21𠀀", rule.han),
        ("ß", rule.other),
        ("a", rule.latin),
        ("😀", 2.0),
    ):
        found = likely(signs * many) - likely("")
        assert abs(found - len(signs) * many * weight) <= 3, signs
