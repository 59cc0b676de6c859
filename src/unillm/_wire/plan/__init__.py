"""What becomes of a request at a target, before it is written."""

from unillm._wire.plan.plan import Plan, base_url_for, continued, plan

__all__ = ["Plan", "base_url_for", "continued", "plan"]
