"""What becomes of a request at a target, before it is written."""

from unillm._wire.plan.plan import Plan, base_url_for, continued, plan
from unillm._wire.plan.prefix import offers_prefix
from unillm._wire.plan.replay import Recall

__all__ = ["Plan", "Recall", "base_url_for", "continued", "offers_prefix", "plan"]
