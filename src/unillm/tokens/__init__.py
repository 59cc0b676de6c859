"""How many tokens a prompt has, as far as that can be told without asking."""

from unillm.tokens.estimate import estimate
from unillm.tokens.rules import Rule, rule_for

__all__ = ["Rule", "estimate", "rule_for"]
