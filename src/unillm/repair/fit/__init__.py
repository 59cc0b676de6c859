"""Making JSON fit its schema where that leaves one reading only: the level ``schema``."""

from unillm.repair.fit.layers import Fitted, fit, fitted

__all__ = ["Fitted", "fit", "fitted"]
