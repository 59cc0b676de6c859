"""What becomes of a request at a target, before it is written."""

from unillm._wire.plan.plan import Plan, continued, plan

__all__ = ["Plan", "continued", "plan"]
