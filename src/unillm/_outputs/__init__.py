"""What an answer is to be made into: its schema, how it is asked for, and how it is checked."""

from unillm._outputs.output import Misfit, Output, output_of

__all__ = ["Misfit", "Output", "output_of"]
