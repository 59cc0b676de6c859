"""The rules, in the order they are asked."""

from __future__ import annotations

from unillm.repair.misfit import ValueRule, WholeRule
from unillm.repair.rules.empty_arguments import empty_arguments
from unillm.repair.rules.enum_case import enum_case
from unillm.repair.rules.nested_string import nested_string
from unillm.repair.rules.scalar_to_list import scalar_to_list
from unillm.repair.rules.type import retyped
from unillm.repair.rules.whole_string import whole_string
from unillm.repair.rules.wrapper import wrapper

VALUE_RULES: dict[str, ValueRule] = {
    "type": retyped,
    "enum_case": enum_case,
    "nested_string": nested_string,
    "scalar_to_list": scalar_to_list,
}
"""What a value may stand for where the schema does not take it, by the name of the rule."""

WHOLE_RULES: tuple[WholeRule, ...] = (whole_string, empty_arguments, wrapper)
"""What may be around the value that was meant."""
