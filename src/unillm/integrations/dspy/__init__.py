"""unillm as the engine of DSPy: `lm` makes a ``dspy.LM`` in one line."""

from unillm.integrations.needs import need

need("dspy", "dspy")

# ruff: noqa: E402 - the rest needs what was looked for
from unillm.integrations.dspy.engines import AsyncUnillmEngine, UnillmEngine
from unillm.integrations.dspy.models import UnillmLM, lm
from unillm.integrations.dspy.tasks import task

__all__ = ["AsyncUnillmEngine", "UnillmEngine", "UnillmLM", "lm", "task"]
