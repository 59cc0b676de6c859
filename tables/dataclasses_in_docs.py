"""For the documentation: our decorator of dataclasses is the standard one.

Griffe knows dataclasses, and what they are made of, by the name of the decorator alone.
"""

from typing import Any

import griffe

OURS = "unillm.types.dataclass.dataclass"
STANDARD = "dataclasses.dataclass"


class Dataclasses(griffe.Extension):
    """Reads the one as the other."""

    def on_module_members(self, *, mod: griffe.Module, **_: Any) -> None:
        """Tell where a module has its decorator from."""
        for member in mod.members.values():
            if isinstance(member, griffe.Alias) and member.target_path == OURS:
                member.target_path = STANDARD
