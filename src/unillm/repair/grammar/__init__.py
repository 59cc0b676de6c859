"""Reading what was meant as JSON: each part of the grammar in a file of its own."""

from unillm.repair.grammar.losses import cut
from unillm.repair.grammar.solve import Reading, Walls, readings

__all__ = ["Reading", "Walls", "cut", "readings"]
