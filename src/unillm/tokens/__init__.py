"""How many tokens a prompt has, as far as that can be told without asking."""

from unillm.tokens.estimate import estimate, generated
from unillm.tokens.rules import Rule, rule_for

__all__ = ["Rule", "estimate", "generated", "rule_for"]
