"""What becomes of a request at a target, before it is written."""

from unillm._wire.plan.plan import Plan, base_url_for, continued, plan
from unillm._wire.plan.prefix import offers_prefix

__all__ = ["Plan", "base_url_for", "continued", "offers_prefix", "plan"]
